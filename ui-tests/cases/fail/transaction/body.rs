//! A mistake in the body is one error, at its place.
//! allows: rustc — a mistake in the user's own code is rustc's to explain
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += tot;
        Ok(())
    }
}

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me);
}

fn main() {}
