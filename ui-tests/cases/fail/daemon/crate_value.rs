//! A crate in quotes.
use perennial::prelude::*;

#[daemon(mem = "4MiB", crate = "perennial")]
struct Ledger {
    total: u64,
}

fn main() {}
