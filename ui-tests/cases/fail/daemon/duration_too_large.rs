//! Longer than all of history.
use perennial::prelude::*;

#[daemon(mem = "4MiB", watchdog = "9999999999h")]
struct Ledger {
    total: u64,
}

fn main() {}
