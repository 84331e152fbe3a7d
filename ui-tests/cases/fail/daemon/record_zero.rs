//! A record of nothing.
use perennial::prelude::*;

#[daemon(mem = "4MiB", record = "0B")]
struct Ledger {
    total: u64,
}

fn main() {}
