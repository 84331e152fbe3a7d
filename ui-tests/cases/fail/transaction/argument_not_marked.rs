//! A reference argument without `#[arg]`: it could be a field.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, by: &u32) -> Result<(), ()> {
        *total += u64::from(*by);
        Ok(())
    }
}

fn main() {}
