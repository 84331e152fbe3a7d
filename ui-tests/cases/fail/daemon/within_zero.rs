//! No period.
use perennial::prelude::*;

#[daemon(mem = "4MiB", within = "0s")]
struct Ledger {
    total: u64,
}

fn main() {}
