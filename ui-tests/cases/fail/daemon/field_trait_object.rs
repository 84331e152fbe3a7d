//! A box of a trait object.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    rule: Box<dyn Fn(u64) -> u64>,
}

fn main() {}
