//! The attribute twice.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
#[daemon(mem = "8MiB")]
struct Ledger {
    total: u64,
}

fn main() {}
