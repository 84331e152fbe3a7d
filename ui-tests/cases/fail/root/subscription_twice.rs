//! A subscription that is given twice.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}
#[daemon(mem = "1MiB")]
struct Monitor;

impl Daemon for Ledger {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}
impl Daemon for Monitor {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Ledger, Monitor];
    subscriptions: [Monitor -> Ledger, Monitor -> Ledger];
}
