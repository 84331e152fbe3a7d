//! The same daemons as in `enduring`, which are started in the order of what they need, and again all at once.

use perennial::prelude::*;
use perennial_tests::enduring::{Mule, Victim, Watcher, parse};

root! {
    mem = "1MiB";
    name = "enduring";
    strategy = one_for_all;
    setup = parse;
    daemons: [Victim, Watcher (depends_on = [Victim]), Mule (depends_on = [Watcher])];
}
