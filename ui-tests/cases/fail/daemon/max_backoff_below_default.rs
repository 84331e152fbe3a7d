//! A longest wait below the first that goes without saying.
use perennial::prelude::*;

#[daemon(mem = "4MiB", max_backoff = "5ms")]
struct Ledger {
    total: u64,
}

fn main() {}
