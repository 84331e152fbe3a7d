//! Whoever dies, all are started again.

use perennial::prelude::*;
use perennial_tests::siblings::{Anna, Berta, Clara, Dora, Emma};

root! {
    mem = "1MiB";
    strategy = one_for_all;
    daemons: [Anna, Berta, Clara, Dora, Emma];
}
