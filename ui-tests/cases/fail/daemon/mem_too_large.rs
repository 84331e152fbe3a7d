//! A size that no number holds.
use perennial::prelude::*;

#[daemon(mem = "99999999999GiB")]
struct Ledger {
    total: u64,
}

fn main() {}
