//! A size in words.
use perennial::prelude::*;

#[daemon(mem = "plenty")]
struct Ledger {
    total: u64,
}

fn main() {}
