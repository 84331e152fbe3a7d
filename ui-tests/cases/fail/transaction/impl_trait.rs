//! An anonymous type.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, by: impl Into<u64>) -> Result<(), ()> {
        *total += by.into();
        Ok(())
    }
}

fn main() {}
