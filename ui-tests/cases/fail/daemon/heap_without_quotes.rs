//! A size that is no text.
use perennial::prelude::*;

#[daemon(mem = "4MiB", heap = 65536)]
struct Ledger {
    total: u64,
}

fn main() {}
