//! A negative number.
use perennial::prelude::*;

#[daemon(mem = "4MiB", rollbacks = -1)]
struct Ledger {
    total: u64,
}

fn main() {}
