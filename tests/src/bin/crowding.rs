//! A daemon whose transactions need a process each, told by its test when to try; with a peer that is to notice
//! nothing. For a full table of processes.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "256KiB", max_restarts = 1_000_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Worker {
    done: u64,
}

#[daemon(mem = "128KiB")]
struct Peer {
    rounds: u64,
}

impl Worker {
    #[transaction]
    fn work(done: &mut u64) -> Result<u64, ()> {
        *done += 1;
        Ok(*done)
    }
}

impl Daemon for Worker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!(
            "up name=Worker pid={} generation={} done={}",
            std::process::id(),
            me.generation(),
            me.state().done
        );
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        loop {
            let woken = me.wait_for(&Wait::new())?;
            if !woken.is_running() {
                break;
            }
            if woken.has_ready_descriptor() {
                if command().is_none() {
                    me.unwatch(stdin);
                    continue;
                }
                match Self::work(me) {
                    Ok(done) => say!("done ok={done}"),
                    Err(Failure::NotStarted(errno)) => say!("done failure=NotStarted errno={}", errno as i32),
                    Err(failure) => say!("done failure={failure:?}"),
                }
            }
        }
        say!("down name=Worker");
        Ok(())
    }
}

impl Daemon for Peer {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Peer pid={}", std::process::id());
        while me.wait_for(&Wait::new().timeout(Duration::from_millis(2)))?.is_running() {
            me.change(|s| *s.rounds += 1)?;
        }
        say!("down name=Peer rounds={} generation={}", me.state().rounds, me.generation());
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Worker, Peer];
}
