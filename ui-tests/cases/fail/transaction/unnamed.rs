//! A parameter without a name.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, _: u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}
