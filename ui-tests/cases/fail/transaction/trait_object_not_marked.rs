//! A trait object without `#[arg]`.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, each: &dyn Fn(u64) -> u64) -> Result<(), ()> {
        *total = each(*total);
        Ok(())
    }
}

fn main() {}
