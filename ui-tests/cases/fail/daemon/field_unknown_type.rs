//! A type that does not exist.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    total: u46,
}

fn main() {}
