//! A method, though there is no value of a daemon.
//! allows: rustc — the numbers of parameters are compared by rustc, which shows both
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
