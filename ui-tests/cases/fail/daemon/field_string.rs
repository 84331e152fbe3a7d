//! Text on the heap; what else is done with the field is not in error too.
use perennial::prelude::*;

#[daemon(mem = "4MiB")]
struct Ledger {
    owner: String,
    total: u64,
}

impl Ledger {
    #[transaction]
    fn rename(owner: &mut String, total: &u64) -> Result<u64, ()> {
        owner.push('!');
        Ok(*total)
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let _ = Ledger::rename(me);
        let _ = me.state().owner.len();
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Ledger];
}
