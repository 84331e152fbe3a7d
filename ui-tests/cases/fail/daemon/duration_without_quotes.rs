//! A duration that is no text.
use perennial::prelude::*;

#[daemon(mem = "4MiB", stop_timeout = 2)]
struct Ledger {
    total: u64,
}

fn main() {}
