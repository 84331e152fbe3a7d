//! A message that is none.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    names: Consumer<String, 8>,
}

fn main() {}
