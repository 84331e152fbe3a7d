//! A daemon whose transactions leave processes behind, become other programs, and crash in one thread while
//! another goes on.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

mod descendants;
mod program;
mod threads;

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;
use threads::Wrong;

#[message]
#[derive(Debug, PartialEq)]
enum Refusal {
    NoThread,
    NoProcess,
    Unknown,
}

#[daemon(
    mem = "2MiB",
    heap = "64KiB",
    scratch = "256KiB",
    max_restarts = 1000,
    backoff = "1ms",
    within = "20ms"
)]
struct Pilot {
    done: u64,
}

impl Pilot {
    /// Counts itself, and leaves the process that `way` says.
    #[transaction(timeout = "10s")]
    fn spawn(done: &mut u64, #[arg] way: &str) -> Result<(), Refusal> {
        *done += 1;
        descendants::spawn(way).map_err(|()| Refusal::NoProcess)
    }

    #[transaction(timeout = "10s")]
    fn exec(done: &mut u64, #[arg] program: &str) -> Result<(), Refusal> {
        *done += 1;
        say!("flight pid={}", std::process::id());
        program::become_another(program);
        Err(Refusal::Unknown)
    }

    #[transaction(timeout = "10s")]
    fn threads(done: &mut u64, wrong: Wrong, nanoseconds: u64) -> Result<(), Refusal> {
        *done += 1;
        threads::go_wrong(wrong, nanoseconds).map_err(|()| Refusal::NoThread)
    }

    /// Leaves a child with a child, and stays.
    #[transaction]
    fn linger(done: &mut u64) -> Result<(), Refusal> {
        *done += 1;
        descendants::spawn("fork-twice").map_err(|()| Refusal::NoProcess)?;
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    #[transaction(timeout = "200ms")]
    fn stop(done: &mut u64) -> Result<(), Refusal> {
        *done += 1;
        say!("flight pid={}", std::process::id());
        // SAFETY: stops this process.
        unsafe { libc::raise(libc::SIGSTOP) };
        Ok(())
    }

    #[transaction]
    #[allow(clippy::unnecessary_wraps, reason = "the shape of a transaction")]
    fn good(done: &mut u64) -> Result<(), Refusal> {
        *done += 1;
        Ok(())
    }

    fn obey(me: &mut Handle<Self>, command: &str) -> Outcome {
        let mut words = command.split(' ');
        let (verb, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let told = match verb {
            "spawn" => Self::spawn(me, what),
            "exec" => Self::exec(me, what),
            "linger" => Self::linger(me),
            "stop" => Self::stop(me),
            "good" => Self::good(me),
            "race" => {
                Self::race(me);
                return Ok(());
            }
            "helper" => {
                descendants::helper(what);
                return Ok(());
            }
            "become" => {
                program::become_another(what);
                return Ok(());
            }
            "threads" => match Wrong::named(what) {
                Some(wrong) => Self::threads(me, wrong, 0),
                None => Err(Failure::Task(Refusal::Unknown)),
            },
            "quit" => {
                me.shutdown(0);
                return Ok(());
            }
            _ => return Err(Error::new("no such command")),
        };
        let done = *me.state().done;
        match told {
            Err(Failure::Crashed(crash)) => {
                say!("told Crashed signal={} code={} done={done}", crash.signal, crash.code);
            }
            told => say!("told {told:?} done={done}"),
        }
        Ok(())
    }

    /// A thread crashes while the main thread announces that it is done: either way, nothing in between.
    fn race(me: &mut Handle<Self>) {
        let (mut kept, mut crashed, mut other) = (0_u64, 0, 0);
        let before = *me.state().done;
        for round in 0..300 {
            match Self::threads(me, Wrong::Race, round % 100 * 1000) {
                Ok(()) => kept += 1,
                Err(Failure::Crashed(_)) => crashed += 1,
                Err(Failure::Killed(libc::SIGSEGV)) => other += 1,
                Err(failure) => say!("raced {failure:?}"),
            }
        }
        let whole = *me.state().done == before + kept && kept + crashed + other == 300;
        say!("raced whole={whole} kept={kept} crashed={crashed} other={other}");
    }
}

impl Daemon for Pilot {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("pilot pid={} generation={}", std::process::id(), me.generation());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while {
            let woken = me.wait()?;
            if woken.has_ready_descriptor() {
                match command() {
                    Some(command) => Self::obey(me, &command)?,
                    None => me.unwatch(stdin),
                }
            }
            woken.is_running()
        } {}
        Ok(())
    }
}

root! {
    mem = "4MiB";
    daemons: [Pilot];
}
