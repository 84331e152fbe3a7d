//! Text on the heap; what else is done with the struct is not in error too.
use perennial::prelude::*;

#[plain]
struct Account {
    owner: String,
    cents: i64,
}

#[daemon(mem = "4MiB")]
struct Ledger {
    last: Account,
}

fn letters(account: &Account) -> usize {
    account.owner.len()
}

fn main() {}
