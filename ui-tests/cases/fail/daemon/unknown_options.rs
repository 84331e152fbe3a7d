//! Several mistakes are reported at once.
//! allows: several — three mistakes, each with an error of its own
use perennial::prelude::*;

#[daemon(men = "4MiB", restart = on, colour = "red")]
struct Ledger {
    total: u64,
}

fn main() {}
