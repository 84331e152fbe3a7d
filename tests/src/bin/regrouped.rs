//! Two daemons that are started again together, one of which root resets, while the other climbs its ladder.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// Is reset at its first death.
#[daemon(mem = "64KiB", max_restarts = 0, within = "10m", escalation = reset, backoff = "1ms", stop_timeout = "1s")]
struct Resetter {
    starts: u64,
}

/// Is rolled back at its second death in a row.
#[daemon(
    mem = "64KiB",
    max_restarts = 100,
    within = "10m",
    backoff = "1ms",
    healthy_after = "400ms",
    resumes = 1,
    rollbacks = 9
)]
struct Elder {
    steps: u64,
}

impl Daemon for Resetter {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!(
            "up name=Resetter pid={} generation={} starts={}",
            std::process::id(),
            me.generation(),
            me.state().starts
        );
        me.wait_for_stop()
    }
}

impl Daemon for Elder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!(
            "up name=Elder pid={} generation={} recovered={:?} steps={}",
            std::process::id(),
            me.generation(),
            me.recovered(),
            me.state().steps
        );
        if me.generation() == 1 {
            me.change(|s| *s.steps = 1)?;
        }
        // SAFETY: standard input stays open until the process ends.
        me.watch(unsafe { BorrowedFd::borrow_raw(0) })?;
        loop {
            let woken = me.wait()?;
            if !woken.is_running() {
                return Ok(());
            }
            if woken.has_ready_descriptor() && command().is_some() {
                panic!("as it is told to");
            }
        }
    }
}

root! {
    mem = "1MiB";
    strategy = one_for_all;
    daemons: [Resetter, Elder];
}
