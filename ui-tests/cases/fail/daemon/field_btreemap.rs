//! An ordered map on the heap.
use perennial::prelude::*;

use std::collections::BTreeMap;

#[daemon(mem = "4MiB")]
struct Ledger {
    balance: BTreeMap<u32, i64>,
}

fn main() {}
