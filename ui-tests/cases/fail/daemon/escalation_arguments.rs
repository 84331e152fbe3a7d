//! A code where none belongs.
use perennial::prelude::*;

#[daemon(mem = "4MiB", escalation = reset(17))]
struct Ledger {
    total: u64,
}

fn main() {}
