//! A box.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    best: Box<u64>,
}

fn main() {}
