//! A number in quotes.
use perennial::prelude::*;

#[daemon(mem = "4MiB", resumes = "3")]
struct Ledger {
    total: u64,
}

fn main() {}
