//! A negative number.
use perennial::prelude::*;

#[daemon(mem = "4MiB", max_restarts = -1)]
struct Ledger {
    total: u64,
}

fn main() {}
