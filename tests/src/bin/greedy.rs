//! A tree that declares more memory than any machine has.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "8193GiB")]
struct Hoard {
    hay: Array<u64, 0x100_0000_0000>,
}

impl Daemon for Hoard {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("started: {:?}", me.state().hay.get(0_u32));
        Ok(())
    }
}

root! {
    mem = "8194GiB";
    daemons: [Hoard];
}
