//! A half-typed option.
use perennial::prelude::*;

#[daemon(mem =)]
struct Ledger {
    total: u64,
}

fn main() {}
