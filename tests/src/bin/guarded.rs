//! Daemons with a watchdog that do as they are told on standard input.

use perennial::prelude::*;
use perennial_tests::guarded::{Guarded, Patient, Slow};

root! {
    mem = "1MiB";
    daemons: [Patient (depends_on = [Slow]), Guarded, Slow];
}
