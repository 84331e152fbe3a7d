//! Three daemons that live on whatever happens to root's system calls: one that is killed from outside, one that
//! waits for a descriptor, and one that, told `stubborn`, does not stop when it is asked to, and, told `hanging`,
//! gives no sign of life the first time.

use crate::say;
use perennial::prelude::*;
use std::os::fd::BorrowedFd;

/// How the third one behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It does what it is asked to.
    Docile,
    /// It does not stop.
    Stubborn,
    /// Its first incarnation hangs.
    Hanging,
}

/// The set-up hook: reads the command line.
///
/// # Errors
/// None.
#[allow(clippy::unnecessary_wraps, reason = "a set-up hook may fail")]
pub fn parse() -> Result<Manner, Error> {
    Ok(match perennial::arguments().next() {
        Some(word) if word == "stubborn" => Manner::Stubborn,
        Some(word) if word == "hanging" => Manner::Hanging,
        _ => Manner::Docile,
    })
}

/// Is killed from outside.
#[daemon(mem = "128KiB", max_restarts = 1_000_000, backoff = "1ms", within = "5ms")]
pub struct Victim {
    /// Incarnations that came as far as their first commit.
    pub starts: u64,
}

/// Waits for a descriptor.
#[daemon(mem = "128KiB", max_restarts = 1_000_000, backoff = "1ms", within = "5ms")]
pub struct Watcher {
    /// Incarnations that came as far as their first commit.
    pub starts: u64,
}

/// Does as it is told on the command line.
#[daemon(
    mem = "128KiB",
    max_restarts = 1_000_000,
    backoff = "1ms",
    within = "5ms",
    watchdog = "300ms",
    stop_timeout = "100ms"
)]
pub struct Mule {
    /// Incarnations that came as far as their first commit.
    pub starts: u64,
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
        while me.setup() == Some(&Manner::Hanging) && me.generation() == 1 {
            core::hint::spin_loop();
        }
        // Once it waits it is ready.
        while me.wait()?.is_running() {}
        while me.setup() == Some(&Manner::Stubborn) {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
        say!("down name={}", me.name());
        Ok(())
    }
}
