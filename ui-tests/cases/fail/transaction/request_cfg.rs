//! A request id that is there only sometimes.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, #[cfg(feature = "on")] #[request] id: u64) -> Result<(), ()> {
        *total += id;
        Ok(())
    }
}

fn main() {}
