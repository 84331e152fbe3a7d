//! A type parameter.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger<T> {
    total: T,
}

fn main() {}
