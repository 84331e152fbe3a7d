//! An async function.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    async fn add(total: &mut u64) -> Result<(), ()> {
        *total += other().await;
        Ok(())
    }
}

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me);
}

fn main() {}
