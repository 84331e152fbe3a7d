//! Parentheses instead of `=`.
use perennial::prelude::*;

#[daemon(mem("4MiB"))]
struct Ledger {
    total: u64,
}

fn main() {}
