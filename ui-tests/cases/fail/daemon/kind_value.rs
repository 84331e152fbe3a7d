//! A misspelt kind.
use perennial::prelude::*;

#[daemon(mem = "4MiB", kind = transien)]
struct Ledger {
    total: u64,
}

fn main() {}
