//! A slice without `#[arg]`.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, by: &[u64]) -> Result<(), ()> {
        *total += by.len() as u64;
        Ok(())
    }
}

fn main() {}
