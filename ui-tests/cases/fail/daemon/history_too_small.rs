//! A history that holds no commit.
use perennial::prelude::*;

#[daemon(mem = "4MiB", record = "64KiB", history = "4KiB")]
struct Ledger {
    total: u64,
}

fn main() {}
