//! Odd numbers cannot be handled until standard input says `heal`: they are set aside, and then delivered again, before
//! what has arrived meanwhile. Each delivery kills its first transaction, and the daemon dies once on the way.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "128KiB")]
struct Feeder {
    next: u64,
    out: Producer<u64, 8>,
}

#[daemon(mem = "256KiB", backoff = "1ms")]
struct Eater {
    inbox: Consumer<u64, 8, 4>,
    healed: bool,
    booked: Vector<u64, 16>,
    dead: bool,
}

impl Eater {
    #[transaction(timeout = "10s", retries = 1)]
    fn book(inbox: &mut Consumer<u64, 8, 4>, healed: &bool, booked: &mut Vector<u64, 16>) -> Result<(), ()> {
        let again = inbox.attempts() == 1;
        let number = inbox.pop().ok_or(())?;
        if number % 2 == 1 && !*healed {
            return Err(());
        }
        if *healed && !again {
            std::process::abort();
        }
        booked.push(number).map_err(|_| ())
    }
}

impl Daemon for Feeder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.next += s.out.push_slice(&[0, 1, 2, 3, 4, 5, 6]) as u64)?;
        me.wait_for_stop()
    }
}

impl Daemon for Eater {
    fn run(me: &mut Handle<Self>) -> Outcome {
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        if *me.state().healed && !*me.state().dead {
            say!("waiting={}", me.state().inbox.len());
            me.change(|s| *s.dead = true)?;
        }
        loop {
            let woken = me.wait()?;
            if !woken.is_running() {
                return Ok(());
            }
            if woken.has_messages() {
                let _ = Self::book(me);
            }
            if woken.has_ready_descriptor() && command().is_some_and(|command| &*command == "heal") {
                let letters = me.change(|s| {
                    *s.healed = true;
                    s.inbox.replay_dead_letters(usize::MAX)
                })?;
                say!("replayed={letters}");
                std::process::abort();
            }
            let s = me.state();
            let (len, letters) = (s.inbox.len(), s.inbox.dead_letters().count());
            say!("len={len} letters={letters} booked={:?}", s.booked);
        }
    }
}

root! {
    mem = "512KiB";
    daemons: [Feeder, Eater];
    rings: [Feeder.out -> Eater.inbox (attempts = 2)];
}
