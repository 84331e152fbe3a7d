//! A function that may not decide.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = decide)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn decide(incident: &Incident<'_, Self>) -> Option<Decision> {
        (incident.deaths > 5).then_some(Decision::Reset)
    }
}

fn main() {}
