//! A function that does not exist.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

fn main() {}
