//! The peer, which must not notice what the victim goes through.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "128KiB")]
pub struct Peer {
    count: u64,
    sum: u64,
    got: Consumer<u64, 64>,
}

impl Daemon for Peer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            me.change(|s| {
                while let Some(amount) = s.got.pop() {
                    *s.count += 1;
                    *s.sum += amount;
                }
            })?;
            let s = me.state();
            say!(
                "peer pid={} generation={} count={} sum={}",
                std::process::id(),
                me.generation(),
                s.count,
                s.sum
            );
        }
        Ok(())
    }
}
