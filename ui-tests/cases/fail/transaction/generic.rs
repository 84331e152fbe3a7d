//! A type parameter.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add<T: Into<u64>>(total: &mut u64, by: T) -> Result<(), ()> {
        *total += by.into();
        Ok(())
    }
}

fn main() {}
