//! A set on the heap.
use perennial::prelude::*;

use std::collections::HashSet;

#[daemon(mem = "4MiB")]
struct Ledger {
    seen: HashSet<u32>,
}

fn main() {}
