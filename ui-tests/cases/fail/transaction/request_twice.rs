//! Two request ids.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, #[request] a: u64, #[request] b: u64) -> Result<(), ()> {
        *total += a + b;
        Ok(())
    }
}

fn main() {}
