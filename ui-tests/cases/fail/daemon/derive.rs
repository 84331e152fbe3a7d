//! Nothing to derive on.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
#[derive(Debug)]
struct Ledger {
    total: u64,
}

fn main() {}
