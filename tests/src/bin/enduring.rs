//! Daemons that live on whatever happens to root's system calls, each for itself.

use perennial::prelude::*;
use perennial_tests::enduring::{Mule, Victim, Watcher, parse};

root! {
    mem = "1MiB";
    setup = parse;
    daemons: [Victim, Watcher, Mule];
}
