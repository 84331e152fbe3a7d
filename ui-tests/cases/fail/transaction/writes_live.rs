//! A transaction that pushes telemetry.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    load: Live<u32, 8>,
    total: u64,
}

impl Ledger {
    #[transaction]
    fn add(load: &mut Live<u32, 8>, total: &mut u64) -> Result<(), ()> {
        load.push(7);
        *total += 1;
        Ok(())
    }
}

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me);
}

fn main() {}
