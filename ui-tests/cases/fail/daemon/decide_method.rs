//! A method, though there is no value of a daemon.
use perennial::prelude::*;

#[daemon(mem = "4MiB", restart = decide)]
struct Ledger {
    total: u64,
}

impl Ledger {
    fn decide(&self, incident: &Incident<'_, Self>) -> Decision {
        if incident.deaths > 5 { Decision::Reset } else { Decision::Resume }
    }
}

fn main() {}
