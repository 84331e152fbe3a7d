//! A field that is published twice.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    #[publish]
    #[publish]
    total: u64,
}

fn main() {}
