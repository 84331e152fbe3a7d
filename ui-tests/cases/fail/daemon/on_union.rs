//! A union.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
union Ledger {
    a: u8,
    b: i8,
}

fn main() {}
