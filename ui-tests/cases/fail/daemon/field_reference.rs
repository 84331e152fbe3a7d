//! A pointer in shared memory.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    name: &'static str,
    total: u64,
}

fn main() {}
