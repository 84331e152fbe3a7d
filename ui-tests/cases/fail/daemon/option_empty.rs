//! A comma too many.
use perennial::prelude::*;

#[daemon(mem = "4MiB",, restart = reset)]
struct Ledger {
    total: u64,
}

fn main() {}
