//! A word in parentheses.
use perennial::prelude::*;

#[daemon(mem = "4MiB", kind(transient))]
struct Ledger {
    total: u64,
}

fn main() {}
