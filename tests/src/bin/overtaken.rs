//! A message that is overwritten while it is being handled, by a process that dies of it: in an update, and in a
//! transaction. One failed attempt is enough to set a message aside; the next one has had none.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// Dies in every update that handles the first message.
#[daemon(mem = "128KiB", max_restarts = 10, backoff = "1ms")]
struct Updating {
    inbox: Consumer<u64, 2>,
}

/// Its transaction dies of the first message.
#[daemon(mem = "128KiB")]
struct Flying {
    inbox: Consumer<u64, 2>,
}

#[daemon(mem = "128KiB")]
struct Source {
    out: Producer<u64, 2>,
}

/// Handles a message; does not come back from the first.
fn handle(name: &str, inbox: &mut Consumer<u64, 2>) -> u64 {
    let Some(message) = inbox.pop() else { return 0 };
    if message == 1 {
        say!("{name} handles");
        while inbox.lag() < 2 {
            std::thread::yield_now();
        }
        std::process::abort();
    }
    message
}

fn report(name: &str, message: u64, inbox: &Consumer<u64, 2>) {
    if message == 3 {
        say!("{name} missed={} letters={}", inbox.missed(), inbox.dead_letters().count());
    }
}

impl Daemon for Updating {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            let message = me.change(|s| handle("updating", s.inbox))?;
            report("updating", message, me.state().inbox);
        }
        Ok(())
    }
}

impl Flying {
    #[transaction(timeout = "20s")]
    fn take(inbox: &mut Consumer<u64, 2>) -> Result<u64, ()> {
        Ok(handle("flying", inbox))
    }
}

impl Daemon for Flying {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            let message = Self::take(me).unwrap_or(0);
            report("flying", message, me.state().inbox);
        }
        Ok(())
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| s.out.push(1))?.map_err(|_| Error::new("no room"))?;
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while me.wait()?.is_running() {
            match command().as_deref() {
                Some("more") => drop(me.change(|s| s.out.push_slice(&[2, 3]))?),
                _ => me.unwatch(stdin),
            }
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Updating, Flying, Source];
    rings: [Source.out -> [Updating.inbox, Flying.inbox] (attempts = 1, full = drop_oldest)];
}
