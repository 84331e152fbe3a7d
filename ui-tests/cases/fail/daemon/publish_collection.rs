//! A collection cannot be published as a whole.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    #[publish]
    total: u64,
    #[publish]
    names: Vector<u64, 8>,
}

fn main() {}
