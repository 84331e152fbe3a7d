//! An ordered set on the heap.
use perennial::prelude::*;

use std::collections::BTreeSet;

#[daemon(mem = "4MiB")]
struct Ledger {
    seen: BTreeSet<u32>,
}

fn main() {}
