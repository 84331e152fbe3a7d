//! A word that is near to no other.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = never)]
struct Ledger {
    total: u64,
}

fn main() {}
