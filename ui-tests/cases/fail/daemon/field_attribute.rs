//! An attribute that does nothing.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    #[arg]
    total: u64,
}

fn main() {}
