//! A first wait above the longest that goes without saying.
use perennial::prelude::*;

#[daemon(mem = "4MiB", backoff = "1m")]
struct Ledger {
    total: u64,
}

fn main() {}
