//! An argument of the wrong type.
//! allows: rustc — a mistake at the call is rustc's to explain, with the signature that it shows
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64, by: u64) -> Result<(), ()> {
        *total += by;
        Ok(())
    }
}

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me, "1");
}

fn main() {}
