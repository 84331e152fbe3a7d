//! A code that no process can exit with.
use perennial::prelude::*;

#[daemon(mem = "4MiB", escalation = stop(256))]
struct Ledger {
    total: u64,
}

fn main() {}
