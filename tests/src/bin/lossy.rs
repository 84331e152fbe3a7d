//! A source that never waits, and two sinks that are too slow for it, one in updates and one in transactions: messages
//! are dropped, each is counted, and none is half of one and half of another. Told `finish` on standard input, the source
//! pushes no more, and each sink says what it got.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// A message as long as several cache lines: all its words are its position.
type Wide = [u64; 24];

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Source {
    over: bool,
    out: Producer<Wide, 8>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Updates {
    inbox: Consumer<Wide, 8>,
    count: u64,
    /// Messages whose words were not all the same.
    torn: u64,
    /// Messages that did not come behind the last one, with as many missed between them as are counted.
    wrong: u64,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Tasks {
    inbox: Consumer<Wide, 8>,
    count: u64,
    torn: u64,
    wrong: u64,
}

impl Tasks {
    #[transaction(timeout = "10s", retries = 3)]
    fn take(
        inbox: &mut Consumer<Wide, 8>,
        count: &mut u64,
        torn: &mut u64,
        wrong: &mut u64,
    ) -> Result<(), ()> {
        take(inbox, count, torn, wrong);
        Ok(())
    }
}

fn take(inbox: &mut Consumer<Wide, 8>, count: &mut u64, torn: &mut u64, wrong: &mut u64) {
    for _ in 0..3 {
        let Some(message) = inbox.pop() else { return };
        *torn += u64::from(message != [message[0]; 24]);
        *wrong += u64::from(message[0] != *count + inbox.missed());
        *count += 1;
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while !*me.state().over {
            let woken = me.wait_for(&Wait::new().timeout(Duration::ZERO))?;
            if !woken.is_running() {
                return Ok(());
            }
            let finish =
                woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish");
            me.change(|s| {
                let next = s.out.next_position();
                *s.over = finish;
                s.out.extend_from_slice(&[[next; 24], [next + 1; 24], [next + 2; 24]])
            })?
            .map_err(|_| Error::new("a ring that drops the oldest has room"))?;
        }
        me.unwatch(stdin);
        say!("source next={}", me.state().out.next_position());
        me.wait_for_stop()?;
        Ok(())
    }
}

impl Daemon for Updates {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=updates");
        while me.wait()?.is_running() {
            me.change(|s| take(s.inbox, s.count, s.torn, s.wrong))?;
            report(me.name(), me.state().inbox, [*me.state().count, *me.state().torn, *me.state().wrong]);
        }
        Ok(())
    }
}

impl Daemon for Tasks {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=tasks");
        while me.wait()?.is_running() {
            let _ = Self::take(me);
            report(me.name(), me.state().inbox, [*me.state().count, *me.state().torn, *me.state().wrong]);
        }
        Ok(())
    }
}

/// Says how far a sink is whenever it has taken everything that is there.
fn report(name: &str, inbox: &Consumer<Wide, 8>, [count, torn, wrong]: [u64; 3]) {
    if inbox.lag() == 0 {
        let (missed, letters) = (inbox.missed(), inbox.dead_letters().count());
        say!(
            "{name} at={} missed={missed} count={count} torn={torn} wrong={wrong} letters={letters}",
            count + missed
        );
    }
}

root! {
    mem = "1MiB";
    daemons: [Source, Updates, Tasks];
    rings: [Source.out -> [Updates.inbox, Tasks.inbox] (attempts = 1_000_000, full = drop_oldest)];
}
