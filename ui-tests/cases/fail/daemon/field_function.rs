//! A function pointer.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    on_change: fn(u64),
}

fn main() {}
