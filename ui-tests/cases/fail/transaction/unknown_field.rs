//! A field that the daemon has not.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(totl: &mut u64) -> Result<(), ()> {
        *totl += 1;
        Ok(())
    }
}

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me);
}

fn main() {}
