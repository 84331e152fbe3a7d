//! A part that is not plain; what else is done with the struct is not in error too.
use perennial::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Price {
    cents: u8,
}

#[plain]
struct Account {
    open: bool,
    price: Price,
}

#[daemon(mem = "4MiB")]
struct Ledger {
    last: Account,
    accounts: Array<Account, 9>,
}

fn price(account: &Account) -> u8 {
    account.price.cents
}

fn main() {}
