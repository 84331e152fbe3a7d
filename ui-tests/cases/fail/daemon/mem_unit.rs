//! A decimal unit.
use perennial::prelude::*;

#[daemon(mem = "4MB")]
struct Ledger {
    total: u64,
}

fn main() {}
