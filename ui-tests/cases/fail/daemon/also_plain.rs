//! A daemon is no value.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
#[plain]
struct Ledger {
    total: u64,
}

fn main() {}
