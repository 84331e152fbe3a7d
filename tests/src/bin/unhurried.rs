//! Two daemons that pass messages on to one that takes none, until it is told to die; then everybody begins again, and it
//! takes them all. One passes on in transactions with a `timeout`, one in updates, and for both a single failed attempt
//! would be enough to set a message aside.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// More than a ring holds.
const MANY: u64 = 8;

#[daemon(mem = "128KiB")]
struct Source {
    filled: bool,
    flying: Producer<u64, 8>,
    updating: Producer<u64, 8>,
}

#[daemon(mem = "128KiB", watchdog = "1s")]
struct Flying {
    inbox: Consumer<u64, 8>,
    out: Producer<u64, 2>,
}

#[daemon(mem = "128KiB", watchdog = "1s")]
struct Updating {
    inbox: Consumer<u64, 8>,
    out: Producer<u64, 2>,
}

#[daemon(mem = "128KiB")]
struct Sink {
    flying: Consumer<u64, 2>,
    updating: Consumer<u64, 2>,
    taken: [u64; 2],
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if !*me.state().filled {
            let numbers: [u64; MANY as usize] = [1; MANY as usize];
            me.update(|s| {
                *s.filled = true;
                s.flying.extend_from_slice(&numbers)?;
                s.updating.extend_from_slice(&numbers)
            })?;
        }
        me.wait_for_stop()
    }
}

impl Flying {
    #[transaction(timeout = "50ms")]
    fn pass(inbox: &mut Consumer<u64, 8>, out: &mut Producer<u64, 2>) -> Result<(), ()> {
        out.push(inbox.pop().ok_or(())?).map_err(|_| ())
    }
}

impl Daemon for Flying {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            if let Err(Failure::TimedOut(_)) = Self::pass(me) {
                say!("timed out with letters={}", me.state().inbox.dead_letters().count());
            }
        }
        Ok(())
    }
}

impl Daemon for Updating {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            let passed: Result<(), Failure<()>> =
                me.update(|s| s.out.push(s.inbox.pop().ok_or(())?).map_err(|_| ()));
            if passed.is_err() {
                say!("refused with letters={}", me.state().inbox.dead_letters().count());
            }
        }
        Ok(())
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if me.generation() == 1 {
            // SAFETY: standard input stays open until the process ends.
            me.watch(unsafe { BorrowedFd::borrow_raw(0) })?;
            while me.wait_for(&Wait::new())?.is_running() {
                if command().as_deref() == Some("die") {
                    std::process::abort();
                }
            }
            return Ok(());
        }
        while me.wait()?.is_running() {
            me.change(|s| {
                s.taken[0] += s.flying.pop_iter().sum::<u64>();
                s.taken[1] += s.updating.pop_iter().sum::<u64>();
            })?;
            say!("taken={:?}", me.state().taken);
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    strategy = one_for_all;
    daemons: [Source, Flying, Updating, Sink];
    rings: [
        Source.flying -> Flying.inbox (attempts = 1),
        Source.updating -> Updating.inbox (attempts = 1),
        Flying.out -> Sink.flying (full = wait),
        Updating.out -> Sink.updating (full = wait),
    ];
}
