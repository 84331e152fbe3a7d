//! A unit that is written otherwise.
use perennial::prelude::*;

#[daemon(mem = "4MiB", stop_timeout = "2sec")]
struct Ledger {
    total: u64,
}

fn main() {}
