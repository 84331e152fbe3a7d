//! No ceiling.
use perennial::prelude::*;

#[daemon(restart = reset)]
struct Ledger {
    total: u64,
}

fn main() {}
