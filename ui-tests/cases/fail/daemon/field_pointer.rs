//! A raw pointer.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    next: *mut u64,
}

fn main() {}
