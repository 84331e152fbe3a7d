//! A function that does not exist.
//! allows: rustc — a path that leads nowhere is rustc's to explain; where a name is near, it proposes that
use perennial::prelude::*;

#[daemon(mem = "4MiB", validate = Ledger::check)]
struct Ledger {
    total: u64,
}

fn main() {}
