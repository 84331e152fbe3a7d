//! A borrow.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger<'a> {
    name: &'a str,
}

fn main() {}
