//! A daemon with two consumers that have dead letters, and that does not wait until it is told to.

use perennial::prelude::*;
use perennial_tests::{say, say::command};

#[daemon(mem = "128KiB")]
struct Source {
    one: Producer<u64, 8>,
    two: Producer<u64, 8>,
}

#[daemon(mem = "128KiB")]
struct Busy {
    one: Consumer<u64, 8>,
    two: Consumer<u64, 8>,
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| (s.one.push_slice(&[1, 2, 3]), s.two.push_slice(&[1, 2, 3])))?;
        me.wait_for_stop()
    }
}

impl Daemon for Busy {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.state().two.is_empty() {
            if !me.wait()?.is_running() {
                return Ok(());
            }
        }
        me.change(|s| while s.one.refuse() || s.two.refuse() {})?;
        say!("busy");
        let _ = command();
        me.wait_for(&Wait::new().timeout(Duration::ZERO))?;
        say!("replays one={} two={}", me.state().one.replays(), me.state().two.replays());
        me.wait_for_stop()
    }
}

root! {
    mem = "1MiB";
    daemons: [Source, Busy];
    rings: [Source.one -> Busy.one, Source.two -> Busy.two];
}
