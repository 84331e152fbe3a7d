//! A closure instead of a function.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = |_| Ok(()))]
struct Ledger {
    total: u64,
}

fn main() {}
