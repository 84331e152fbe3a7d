//! A fraction.
use perennial::prelude::*;

#[daemon(mem = "1.5MiB")]
struct Ledger {
    total: u64,
}

fn main() {}
