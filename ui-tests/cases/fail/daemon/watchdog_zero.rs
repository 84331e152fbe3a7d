//! No time for a sign of life.
use perennial::prelude::*;

#[daemon(mem = "4MiB", watchdog = "0s")]
struct Ledger {
    total: u64,
}

fn main() {}
