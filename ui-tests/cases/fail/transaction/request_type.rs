//! A request id of another type.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, #[request] id: u32) -> Result<(), ()> {
        *total += u64::from(id);
        Ok(())
    }
}

fn main() {}
