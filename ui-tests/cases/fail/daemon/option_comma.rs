//! A comma with nothing before it.
use perennial::prelude::*;

#[daemon(mem = "4MiB", , heap = "64KiB")]
struct Ledger {
    total: u64,
}

fn main() {}
