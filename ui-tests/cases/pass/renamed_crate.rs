//! The runtime under another name.
#![no_implicit_prelude]

extern crate perennial as renamed;

mod perennial {}

#[renamed::message(crate = renamed)]
enum Refused {
    Full(u8),
}

#[renamed::plain(crate = ::renamed)]
struct Account {
    cents: u64,
}

#[renamed::daemon(mem = "1MiB", crate = renamed)]
struct Ledger {
    last: Account,
}

impl Ledger {
    #[renamed::transaction(crate = renamed)]
    fn settle(last: &mut Account) -> ::core::result::Result<u64, Refused> {
        if last.cents == 0 {
            ::core::result::Result::Err(Refused::Full(1))
        } else {
            ::core::result::Result::Ok(1)
        }
    }
}

impl renamed::Daemon for Ledger {
    fn run(me: &mut renamed::Handle<Self>) -> renamed::Outcome {
        let _ = Ledger::settle(me);
        ::core::result::Result::Ok(())
    }
}

/// The tree need only compile: it ends before it starts.
fn end() -> ::core::result::Result<(), ::core::fmt::Error> {
    ::std::process::exit(0)
}

renamed::root! {
    crate = renamed;
    mem = "8MiB";
    setup = end;
    daemons: [Ledger];
}
