//! Healthy from the start.
use perennial::prelude::*;

#[daemon(mem = "4MiB", healthy_after = "0s")]
struct Ledger {
    total: u64,
}

fn main() {}
