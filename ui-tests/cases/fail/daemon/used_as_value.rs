//! No value of it exists.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

fn main() {
    let _ = Ledger { total: 1 };
}
