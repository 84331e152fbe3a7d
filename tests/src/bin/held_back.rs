//! Consumers that are not started before their producers are ready, and producers that fill their ring before they wait for
//! anything else: one in updates, one in transactions. Told to, the first consumer dies, and everybody begins again.

use perennial::prelude::*;
use perennial_tests::say;

/// Twice what a ring holds.
const MANY: u64 = 8;

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct Updating {
    out: Producer<u64, 4>,
}

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct Flying {
    out: Producer<u64, 4>,
}

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct First {
    inbox: Consumer<u64, 4>,
    count: u64,
}

#[daemon(mem = "128KiB", max_restarts = 100, backoff = "1ms")]
struct Second {
    inbox: Consumer<u64, 4>,
    count: u64,
}

impl Flying {
    #[transaction]
    fn send(out: &mut Producer<u64, 4>) -> Result<(), ()> {
        out.push(0).map_err(|_| ())
    }
}

impl Daemon for Updating {
    fn run(me: &mut Handle<Self>) -> Outcome {
        for _ in 0..MANY {
            let _ = me.update(|s| s.out.push(0));
        }
        me.wait_for_stop()
    }
}

impl Daemon for Flying {
    fn run(me: &mut Handle<Self>) -> Outcome {
        for _ in 0..MANY {
            let _ = Self::send(me);
        }
        say!("flying done generation={}", me.generation());
        me.wait_for_stop()
    }
}

impl Daemon for First {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            let count = me.change(|s| {
                *s.count += s.inbox.pop_iter().count() as u64;
                *s.count
            })?;
            say!("first count={count}");
            if me.generation() == 1 && count >= MANY {
                std::process::abort();
            }
        }
        Ok(())
    }
}

impl Daemon for Second {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            let count = me.change(|s| {
                *s.count += s.inbox.pop_iter().count() as u64;
                *s.count
            })?;
            say!("second count={count}");
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    strategy = one_for_all;
    daemons: [First (depends_on = [Updating]), Second (depends_on = [Flying]), Updating, Flying];
    rings: [
        Updating.out -> First.inbox (full = wait),
        Flying.out -> Second.inbox (full = wait),
    ];
}
