//! Three daemons that live on whatever happens to root's system calls: one that is killed from outside, one that
//! waits for a descriptor, and one that, told `stubborn`, does not stop when it is asked to.

use perennial::prelude::*;
use perennial_tests::say;
use std::os::fd::BorrowedFd;

/// The set-up hook: reads the command line.
#[allow(clippy::unnecessary_wraps, reason = "a set-up hook may fail")]
fn parse() -> Result<bool, Error> {
    Ok(perennial::arguments().any(|word| word == "stubborn"))
}

#[daemon(mem = "128KiB", max_restarts = 1_000_000, backoff = "1ms", within = "5ms")]
struct Victim {
    starts: u64,
}

#[daemon(mem = "128KiB", max_restarts = 1_000_000, backoff = "1ms", within = "5ms")]
struct Watcher {
    starts: u64,
}

#[daemon(mem = "128KiB", max_restarts = 1_000_000, backoff = "1ms", within = "5ms", stop_timeout = "100ms")]
struct Mule {
    starts: u64,
}

fn up<S: Daemon>(me: &Handle<S>, starts: u64) {
    say!("up name={} pid={} generation={} starts={starts}", me.name(), std::process::id(), me.generation());
}

fn rest<S: Daemon>(me: &mut Handle<S>) -> Outcome {
    while me.wait()?.is_running() {}
    say!("down name={}", me.name());
    Ok(())
}

impl Daemon for Victim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        up(me, *me.state().starts);
        rest(me)
    }
}

impl Daemon for Watcher {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        up(me, *me.state().starts);
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        rest(me)
    }
}

impl Daemon for Mule {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        up(me, *me.state().starts);
        // Once it waits it is ready.
        while me.wait()?.is_running() {}
        while me.setup::<bool>() == Some(&true) {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
        say!("down name={}", me.name());
        Ok(())
    }
}

root! {
    mem = "1MiB";
    setup = parse;
    daemons: [Victim, Watcher, Mule];
}
