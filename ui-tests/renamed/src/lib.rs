//! Every macro in a crate whose `Cargo.toml` gives the runtime another name: nothing that they emit may say
//! `perennial`. It need only compile; `root!`, which defines the allocator of a binary, is in
//! `cases/pass/renamed_crate.rs`.

#![no_implicit_prelude]
#![forbid(unsafe_code)]

use ::renamed::{Array, Consumer, Daemon, Handle, Outcome, Producer};
use ::std::result::Result::{self, Err, Ok};

/// Something that crosses.
#[::renamed::message(crate = ::renamed)]
pub struct Order {
    /// Whose.
    pub account: u32,
}

/// Something that is kept.
#[::renamed::plain(crate = ::renamed)]
pub struct Account {
    /// How much.
    pub cents: u64,
}

/// Sends.
#[::renamed::daemon(mem = "1MiB", crate = ::renamed)]
pub struct Gateway {
    orders: Producer<Order, 8>,
}

/// Receives.
#[::renamed::daemon(mem = "1MiB", restart = decide, validate = Ledger::check, crate = ::renamed)]
pub struct Ledger {
    orders: Consumer<Order, 8>,
    accounts: Array<Account, 8>,
    total: u64,
}

impl Ledger {
    /// Books one order.
    #[::renamed::transaction(timeout = "1s", crate = ::renamed)]
    pub fn settle(orders: &mut Consumer<Order, 8>, total: &mut u64, #[request] id: u64) -> Result<u64, ()> {
        let Order { account } = orders.pop().ok_or(())?;
        *total += ::core::convert::Into::<u64>::into(account) + id;
        Ok(*total)
    }

    fn check(state: &LedgerRef<'_>) -> Result<(), &'static str> {
        if state.accounts.len() > 8 { Err("too many") } else { Ok(()) }
    }

    fn decide(_: &::renamed::prelude::Incident<'_, Self>) -> ::renamed::prelude::Decision {
        ::renamed::prelude::Decision::Resume
    }
}

impl Daemon for Gateway {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.wait_for_stop()
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _ = Self::settle(me, 7);
        me.wait_for_stop()
    }
}
