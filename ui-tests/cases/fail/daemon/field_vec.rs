//! A type that is no field; what else is said about the daemon is not in error too.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    names: Vec<u8>,
    total: u64,
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Result<(), ()> {
        *total += 1;
        Ok(())
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _ = Ledger::add(me);
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Ledger];
}
