//! Fields that have no room in a record together.
use perennial::prelude::*;

#[daemon(mem = "1MiB", record = "4KiB")]
struct Ledger {
    today: [u64; 300],
    yesterday: [u64; 300],
}

impl Ledger {
    #[transaction]
    fn turn(today: &mut [u64; 300], yesterday: &mut [u64; 300]) -> Result<(), ()> {
        *yesterday = core::mem::replace(today, [0; 300]);
        Ok(())
    }
}

fn main() {}
