//! A number without a unit.
use perennial::prelude::*;

#[daemon(mem = "4MiB", max_backoff = "30")]
struct Ledger {
    total: u64,
}

fn main() {}
