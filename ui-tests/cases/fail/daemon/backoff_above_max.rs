//! A first wait above the longest.
use perennial::prelude::*;

#[daemon(mem = "4MiB", backoff = "2s", max_backoff = "1s")]
struct Ledger {
    total: u64,
}

fn main() {}
