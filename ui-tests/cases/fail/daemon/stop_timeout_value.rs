//! A duration without quotes.
use perennial::prelude::*;

#[daemon(mem = "4MiB", stop_timeout = 5)]
struct Ledger {
    total: u64,
}

fn main() {}
