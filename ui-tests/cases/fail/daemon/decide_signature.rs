//! A function that takes the incident itself.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = decide)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn decide(incident: Incident<'_, Self>) -> Decision {
        if incident.deaths > 5 { Decision::Reset } else { Decision::Resume }
    }
}

fn main() {}
