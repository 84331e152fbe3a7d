//! A daemon that is to wait for room that only it can make.
use perennial::prelude::*;

#[daemon(mem = "1MiB")]
struct Gateway {
    later: Producer<u32, 8>,
    now: Consumer<u32, 8>,
}

impl Daemon for Gateway {
    fn run(_: &mut Handle<Self>) -> Outcome {
        Ok(())
    }
}

root! {
    mem = "8MiB";
    daemons: [Gateway];
    rings: [Gateway.later -> Gateway.now (full = wait)];
}
