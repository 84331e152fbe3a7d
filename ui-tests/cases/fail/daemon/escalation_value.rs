//! A misspelt escalation.
use perennial::prelude::*;

#[daemon(mem = "4MiB", escalation = abandn)]
struct Ledger {
    total: u64,
}

fn main() {}
