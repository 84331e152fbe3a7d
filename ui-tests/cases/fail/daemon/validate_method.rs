//! A method, though there is no value of a daemon.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

fn main() {}
