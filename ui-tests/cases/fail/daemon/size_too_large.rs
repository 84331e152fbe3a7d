//! More than an address space.
use perennial::prelude::*;

#[daemon(mem = "16000000000GiB")]
struct Ledger {
    total: u64,
}

fn main() {}
