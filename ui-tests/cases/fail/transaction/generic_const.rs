//! A constant parameter.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add<const N: usize>(total: &mut u64, by: [u64; N]) -> Result<(), ()> {
        *total += by.len() as u64;
        Ok(())
    }
}

fn main() {}
