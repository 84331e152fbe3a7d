//! Telemetry for one that takes messages.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Gateway {
    load: Live<u32, 8>,
}

#[daemon(mem = "1MiB")]
struct Ledger {
    load: Consumer<u32, 8>,
}

impl Daemon for Gateway {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

impl Daemon for Ledger {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Gateway, Ledger];
    rings: [Gateway.load -> Ledger.load];
}
