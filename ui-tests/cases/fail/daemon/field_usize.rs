//! A number whose size is the machine's.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    len: usize,
}

fn main() {}
