//! A size in words.
use perennial::prelude::*;

#[daemon(mem = "lots")]
struct Ledger {
    total: u64,
}

fn main() {}
