//! A map on the heap.
use perennial::prelude::*;

use std::collections::HashMap;

#[daemon(mem = "4MiB")]
struct Ledger {
    balance: HashMap<u32, i64>,
}

fn main() {}
