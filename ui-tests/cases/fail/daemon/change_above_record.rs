//! A change that no record holds.
use perennial::prelude::*;

#[daemon(mem = "4MiB", record = "4KiB")]
struct Ledger {
    total: u64,
    prices: [u64; 1000],
}

fn main() {}
