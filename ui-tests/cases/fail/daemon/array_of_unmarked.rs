//! Elements that are not plain.
use perennial::prelude::*;

struct Account {
    cents: i64,
}

#[daemon(mem = "4MiB")]
struct Ledger {
    accounts: Array<Account, 9>,
}

fn main() {}
