//! A duration without a unit.
use perennial::prelude::*;

#[daemon(mem = "4MiB", backoff = "250")]
struct Ledger {
    total: u64,
}

fn main() {}
