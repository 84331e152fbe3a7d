//! A struct that is not plain.
use perennial::prelude::*;

struct Account {
    cents: i64,
}

#[daemon(mem = "4MiB")]
struct Ledger {
    last: Account,
}

fn main() {}
