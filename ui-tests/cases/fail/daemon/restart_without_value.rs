//! An option of several words, none given.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart)]
struct Ledger {
    total: u64,
}

fn main() {}
