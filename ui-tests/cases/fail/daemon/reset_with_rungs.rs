//! A ladder that nothing climbs.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = reset, resumes = 1, rollbacks = 1)]
struct Ledger {
    total: u64,
}

fn main() {}
