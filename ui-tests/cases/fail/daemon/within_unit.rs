//! A unit that is none.
use perennial::prelude::*;

#[daemon(mem = "4MiB", within = "2sec")]
struct Ledger {
    total: u64,
}

fn main() {}
