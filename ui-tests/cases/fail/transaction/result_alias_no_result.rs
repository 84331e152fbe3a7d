//! An alias that is no result.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Answer {
        Some(*total)
    }
}

type Answer = Option<u64>;

fn main() {}
