//! Generated code names everything by its full path.
#![no_implicit_prelude]

mod core {}
mod std {}
mod perennial {}

#[::perennial::message]
struct Order {
    account: u32,
}

#[::perennial::message]
enum Refused {
    Empty,
    Full(u8),
}

#[::perennial::plain]
struct Account {
    cents: u64,
}

#[::perennial::plain]
enum State {
    Open,
    Closed,
}

#[::perennial::daemon(
    mem = "1MiB",
    heap = "64KiB",
    within = "1s",
    restart = decide,
    validate = Ledger::check,
    watchdog = "1s",
    escalation = abandon,
)]
struct Ledger {
    orders: ::perennial::Consumer<Order, 16>,
    last: Account,
    state: State,
}

impl Ledger {
    fn check(state: &LedgerRef<'_>) -> ::core::result::Result<(), ::perennial::Error> {
        if state.last.cents == 7 {
            return ::core::result::Result::Err(::perennial::Error::new("seven"));
        }
        ::core::result::Result::Ok(())
    }

    fn decide(_: &::perennial::daemon::Incident<'_, Ledger>) -> ::perennial::daemon::Decision {
        ::perennial::daemon::Decision::Resume
    }

    #[::perennial::transaction(timeout = "1s", retries = 1, backoff = "1ms")]
    fn settle(last: &mut Account, state: &State, #[request] id: u64) -> ::core::result::Result<u64, Refused> {
        let _ = state;
        last.cents = id;
        ::core::result::Result::Ok(last.cents)
    }
}

impl ::perennial::Daemon for Ledger {
    fn run(me: &mut ::perennial::Handle<Self>) -> ::perennial::Outcome {
        let _ = Ledger::settle(me, 5);
        let _ = (Refused::Empty, Refused::Full(1), Order { account: 1 }.account, State::Open, State::Closed);
        ::core::result::Result::Ok(())
    }
}

#[::perennial::daemon(mem = "1MiB")]
struct Gateway {
    orders: ::perennial::Producer<Order, 16>,
}

impl ::perennial::Daemon for Gateway {
    fn run(_: &mut ::perennial::Handle<Self>) -> ::perennial::Outcome {
        ::core::result::Result::Ok(())
    }
}

/// The tree need only compile: it ends before it starts.
fn end() -> ::core::result::Result<(), ::core::fmt::Error> {
    ::std::process::exit(0)
}

::perennial::root! {
    mem = "8MiB";
    setup = end;
    strategy = one_for_all;
    daemons: [Ledger (depends_on = []), #[cfg(unix)] Gateway (depends_on = [Ledger])];
    rings: [#[cfg(unix)] Gateway.orders -> Ledger.orders];
}
