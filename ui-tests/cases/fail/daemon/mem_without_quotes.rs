//! A size as a number.
use perennial::prelude::*;

#[daemon(mem = 4096)]
struct Ledger {
    total: u64,
}

fn main() {}
