//! An escalation where nothing is started again.
use perennial::prelude::*;

#[daemon(mem = "4MiB", kind = temporary, escalation = abandon)]
struct Ledger {
    total: u64,
}

fn main() {}
