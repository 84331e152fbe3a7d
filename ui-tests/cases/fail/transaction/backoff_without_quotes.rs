//! A wait that is no text.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

impl Ledger {
    #[transaction(retries = 2, backoff = 5)]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}
