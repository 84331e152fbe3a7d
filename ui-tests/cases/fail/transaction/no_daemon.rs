//! On a type that is no daemon.
use perennial::prelude::*;

struct Ledger;

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

fn main() {}
