//! A check that says yes or no.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn check(state: &LedgerRef<'_>) -> bool {
        *state.total > 5
    }
}

fn main() {}
