//! Not a struct.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
enum Ledger {
    A,
}

fn main() {}
