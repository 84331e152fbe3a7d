//! A check that takes the state itself.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn check(state: LedgerRef<'_>) -> Result<(), Error> {
        if *state.total > 5 { Err(Error::new("too much")) } else { Ok(()) }
    }
}

fn main() {}
