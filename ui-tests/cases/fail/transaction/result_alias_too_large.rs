//! An alias of a result without room.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Ledger {
    total: u64,
    name: [u8; 8],
}

impl Ledger {
    #[transaction]
    fn add(total: &mut u64) -> Answer {
        Ok([*total; 1000])
    }
}

type Answer = Result<[u64; 1000], ()>;

fn calls(me: &mut Handle<Ledger>) {
    let _ = Ledger::add(me);
}

fn main() {}
