//! Whoever dies, those behind it are started again with it.

use perennial::prelude::*;
use perennial_tests::siblings::{Anna, Berta, Clara, Dora, Emma};

root! {
    mem = "1MiB";
    strategy = rest_for_one;
    // Emma is started before Clara although she is listed behind her.
    daemons: [Anna, Berta, Clara (depends_on = [Emma]), Dora, Emma];
}
