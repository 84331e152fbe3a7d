//! A duration.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    idle: Duration,
}

fn main() {}
