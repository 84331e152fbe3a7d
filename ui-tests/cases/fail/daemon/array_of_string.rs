//! Elements on the heap.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    names: Array<String, 9>,
}

fn main() {}
