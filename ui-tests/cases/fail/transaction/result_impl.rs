//! A result without a name.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Result<impl Copy, ()> {
        *total += 1;
        Ok(*total)
    }
}

fn main() {}
