//! A misspelt option.
use perennial::prelude::*;

#[daemon(mem = "4MiB", max_restart = 5)]
struct Ledger {
    total: u64,
}

fn main() {}
