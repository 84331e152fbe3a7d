//! Another daemon's check.
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = check)]
struct Ledger {
    total: u64,
}

#[daemon(mem = "4MiB")]
struct Gateway {
    next: u64,
}

fn check(state: &GatewayRef<'_>) -> Result<(), Error> {
    if *state.next > 5 { Err(Error::new("too much")) } else { Ok(()) }
}

fn main() {}
