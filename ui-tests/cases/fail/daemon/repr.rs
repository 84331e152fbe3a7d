//! The layout is fixed.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
#[repr(C)]
struct Ledger {
    total: u64,
}

fn main() {}
