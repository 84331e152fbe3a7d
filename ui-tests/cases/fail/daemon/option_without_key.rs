//! A value without its option.
use perennial::prelude::*;

#[daemon("4MiB", mem = "4MiB")]
struct Ledger {
    total: u64,
}

fn main() {}
