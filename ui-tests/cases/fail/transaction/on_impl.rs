//! On the block.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

#[transaction]
impl Ledger {
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}
