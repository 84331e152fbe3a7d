//! A policy in parentheses.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Gateway {
    orders: Producer<u32, 8>,
    refunds: Consumer<u32, 8>,
    next: u64,
}

#[daemon(mem = "1MiB")]
struct Ledger {
    orders: Consumer<u32, 8>,
    refunds: Producer<u32, 8>,
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
    rings: [
        Gateway.orders -> Ledger.orders (full(wait)),
        Ledger.refunds -> Gateway.refunds,
    ];
}
