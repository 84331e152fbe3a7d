//! A duration that is no text.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

impl Ledger {
    #[transaction(timeout = 50)]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}
