//! No variant is zero.
use perennial::prelude::*;

#[plain]
enum State {
    Open = 1,
    Closed = 2,
}

#[daemon(mem = "1MiB")]
struct Ledger {
    state: State,
}

fn main() {}
