//! Several mistakes are reported at once.
use perennial::prelude::*;

#[daemon(men = "4MiB", restart = on, colour = "red")]
struct Ledger {
    total: u64,
}

fn main() {}
