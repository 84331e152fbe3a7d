//! Crash loops at full speed: one daemon whose transactions write through a null pointer, one that does so itself as
//! soon as it runs, and one that is to notice nothing.

use perennial::prelude::*;
use perennial_tests::fault::Fault;
use perennial_tests::say;
use std::time::Instant;

#[daemon(mem = "256KiB")]
struct Flyer {
    crashed: u64,
    /// Calls that ended in any other way.
    other: u64,
}

#[daemon(mem = "128KiB", max_restarts = 4_000_000_000, backoff = "0ms", within = "1ms")]
struct Crasher {
    steps: u64,
}

#[daemon(mem = "128KiB")]
struct Calm {
    rounds: u64,
    /// The longest round in milliseconds.
    longest: u64,
}

impl Flyer {
    #[transaction]
    fn crash(other: &mut u64) -> Result<(), ()> {
        *other += 1;
        let _ = Fault::Null.strike();
        Ok(())
    }
}

impl Daemon for Flyer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Flyer");
        while me.wait_for(&Wait::new().timeout(Duration::ZERO))?.is_running() {
            let (mut crashed, mut other) = (0, 0);
            for _ in 0..64 {
                match Self::crash(me) {
                    // The kernel raised it: a signal that somebody sends has no such code.
                    Err(Failure::Crashed(crash)) if crash.signal == libc::SIGSEGV && crash.code > 0 => {
                        crashed += 1;
                    }
                    _ => other += 1,
                }
            }
            me.change(|s| {
                *s.crashed += crashed;
                *s.other += other;
            })?;
        }
        let s = me.state();
        say!("down name=Flyer crashed={} other={} generation={}", s.crashed, s.other, me.generation());
        Ok(())
    }
}

impl Daemon for Crasher {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.steps += 1)?;
        let _ = Fault::Null.strike();
        Ok(())
    }
}

impl Daemon for Calm {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Calm");
        let mut before = Instant::now();
        while me.wait_for(&Wait::new().timeout(Duration::from_millis(2)))?.is_running() {
            let took = before.elapsed().as_millis() as u64;
            before = Instant::now();
            me.change(|s| {
                *s.rounds += 1;
                *s.longest = took.max(*s.longest);
            })?;
        }
        let s = me.state();
        say!("down name=Calm rounds={} longest={} generation={}", s.rounds, s.longest, me.generation());
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Flyer, Crasher, Calm];
}
