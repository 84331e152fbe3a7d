//! The daemons of `guarded` in a machine whose clocks are unreliable.

mod clock;

use perennial::prelude::*;
use perennial_tests::guarded::{Guarded, Patient, Slow};

root! {
    mem = "1MiB";
    setup = clock::warp;
    daemons: [Patient (depends_on = [Slow]), Guarded, Slow];
}
