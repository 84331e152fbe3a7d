//! A check whose error cannot be shown.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

struct Refused;

impl Ledger {
    fn check(state: &LedgerRef<'_>) -> Result<(), Refused> {
        if *state.total > 5 { Err(Refused) } else { Ok(()) }
    }
}

fn main() {}
