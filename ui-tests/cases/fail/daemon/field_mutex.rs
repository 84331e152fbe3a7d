//! A lock around state.
use perennial::prelude::*;

use std::sync::Mutex;

#[daemon(mem = "4MiB")]
struct Ledger {
    total: Mutex<u64>,
}

fn main() {}
