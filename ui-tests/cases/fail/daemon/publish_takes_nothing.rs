//! `#[publish]` with something in parentheses.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    #[publish(to = Monitor)]
    total: u64,
}

fn main() {}
