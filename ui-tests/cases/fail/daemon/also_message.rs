//! A daemon is no value.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
#[message]
struct Ledger {
    total: u64,
}

fn main() {}
