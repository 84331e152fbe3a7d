//! An answer too large to be kept.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, #[request] id: u64) -> Result<[u64; 100], ()> {
        *total += 1;
        Ok([*total; 100])
    }
}

fn main() {}
