//! The whole: messages, daemons, transactions, a tree.
use perennial::prelude::*;

#[message]
pub struct Order {
    account: u32,
    cents: u32,
}

#[message]
#[derive(Debug, PartialEq)]
pub enum Refused {
    Empty,
    NoSuchAccount,
}

#[daemon(mem = "1MiB")]
pub struct Gateway {
    next: u64,
    orders: Producer<Order, 256>,
}

#[daemon(mem = "4MiB", restart = resume)]
pub struct Ledger {
    orders: Consumer<Order, 256>,
    balance: Array<u64, 1_000>,
    applied: u64,
}

impl Ledger {
    #[transaction(timeout = "50ms", retries = 2)]
    fn settle(
        orders: &mut Consumer<Order, 256>,
        balance: &Array<u64, 1_000>,
        applied: &mut u64,
        cents: u32,
    ) -> Result<u64, Refused> {
        let _ = (orders, balance, cents);
        *applied += 1;
        if *applied == 0 { Err(Refused::NoSuchAccount) } else { Ok(*applied) }
    }
}

impl Gateway {
    #[transaction]
    fn take(next: &mut u64, _unused: u8) -> Result<(), Refused> {
        *next += 1;
        Err(Refused::Empty)
    }
}

impl Daemon for Gateway {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _: Result<(), Failure<Refused>> = Gateway::take(me, 1);
        Ok(())
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _: Result<u64, Failure<Refused>> = Ledger::settle(me, 5);
        Ok(())
    }
}

/// The tree need only compile: it ends before it starts.
fn end() -> Result<(), std::fmt::Error> {
    std::process::exit(0)
}

root! {
    mem = "16MiB";
    strategy = one_for_one;
    setup = end;
    daemons: [Gateway, Ledger];
    rings: [Gateway.orders -> Ledger.orders (attempts = 3)];
}
