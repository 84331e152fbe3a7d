//! A list after an equals sign.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

impl Daemon for Ledger {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Ledger];
    rings = [];
}
