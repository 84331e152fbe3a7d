//! A word in quotes.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = "rest")]
struct Ledger {
    total: u64,
}

fn main() {}
