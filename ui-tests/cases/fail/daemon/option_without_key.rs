//! A value without its option.
use perennial::prelude::*;

#[daemon("4MiB", restart = reset)]
struct Ledger {
    total: u64,
}

fn main() {}
