//! A type with padding.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    last: (u8, u32),
}

fn main() {}
