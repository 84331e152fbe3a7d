//! A plain field beyond the limit.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    balance: [u64; 10_000],
}

fn main() {}
