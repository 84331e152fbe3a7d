//! No function to decide.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = decide)]
struct Ledger {
    total: u64,
}

fn main() {}
