//! No time to start.
use perennial::prelude::*;

#[daemon(mem = "4MiB", start_timeout = "0s")]
struct Ledger {
    total: u64,
}

fn main() {}
