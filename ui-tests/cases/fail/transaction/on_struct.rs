//! On a struct.
use perennial::prelude::*;

#[transaction]
struct Ledger {
    total: u64,
}

fn main() {}
