//! More state than memory.
use perennial::prelude::*;

#[daemon(mem = "64KiB")]
struct Ledger {
    balance: Array<u64, 100_000>,
}

fn main() {}
