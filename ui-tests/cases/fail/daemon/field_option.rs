//! An option is not plain.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    last: Option<u32>,
}

fn main() {}
