//! A snapshot of a daemon that publishes nothing.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    total: u64,
}

#[daemon(mem = "4MiB")]
struct Monitor;

impl Daemon for Monitor {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _ = me.snapshot::<Ledger>(Duration::from_secs(1));
        Ok(())
    }
}

fn main() {}
