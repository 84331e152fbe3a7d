//! No value of it exists.
//! allows: rustc — a daemon is a type without values, of which rustc alone hears
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
}

fn main() {
    let _ = Ledger { total: 1 };
}
