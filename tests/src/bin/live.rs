//! A gauge that pushes telemetry as fast as it can, and two readers, one in updates and one in transactions: each value is
//! taken once and in order or counted as missed, and none is half of one and half of another. Told `finish` on standard
//! input, the gauge pushes no more, and each reader says what it got.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// A value as long as several cache lines, and no multiple of a word: all its bytes say its position.
type Wide = ([u64; 24], u8);

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", within = "5ms", resumes = 1_000_000)]
struct Gauge {
    over: bool,
    rounds: u64,
    out: Live<Wide, 8>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", within = "5ms", resumes = 1_000_000)]
struct Updates {
    inbox: LiveReader<Wide, 8>,
    tally: Tally,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", within = "5ms", resumes = 1_000_000)]
struct Tasks {
    inbox: LiveReader<Wide, 8>,
    tally: Tally,
}

#[plain]
#[derive(Debug, PartialEq)]
struct Tally {
    count: u64,
    /// Values whose parts were not all of one.
    torn: u64,
    /// Values that did not come behind the last one, with as many missed between them as are counted.
    wrong: u64,
}

fn value(position: u64) -> Wide {
    ([position; 24], position as u8)
}

fn take(inbox: &mut LiveReader<Wide, 8>, tally: &mut Tally) {
    for _ in 0..3 {
        let Some(wide) = inbox.pop() else { return };
        let position = wide.0[0];
        tally.torn += u64::from(wide != value(position));
        tally.wrong += u64::from(position != tally.count + inbox.missed());
        tally.count += 1;
    }
}

impl Tasks {
    #[transaction(timeout = "10s", retries = 3)]
    fn take(inbox: &mut LiveReader<Wide, 8>, tally: &mut Tally) -> Result<(), ()> {
        take(inbox, tally);
        Ok(())
    }
}

impl Daemon for Gauge {
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
            let none: Result<(), Failure<()>> = me.update(|s| {
                for _ in 0..40 {
                    let next = s.out.next_position();
                    s.out.push(value(next));
                    s.out.extend_from_slice(&[value(next + 1), value(next + 2)]);
                }
                // Of the change nothing is kept, of what was pushed everything.
                *s.rounds += 1;
                Err(())
            });
            if none.is_ok() || *me.state().rounds != 0 {
                say!("committed");
            }
            me.change(|s| *s.over = finish)?;
        }
        me.unwatch(stdin);
        say!("gauge next={}", me.state().out.next_position());
        me.wait_for_stop()?;
        Ok(())
    }
}

impl Daemon for Updates {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=updates");
        while me.wait_for(&Wait::new().live())?.is_running() {
            me.change(|s| take(s.inbox, s.tally))?;
            report(me.name(), me.state().inbox, me.state().tally);
        }
        Ok(())
    }
}

impl Daemon for Tasks {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=tasks");
        while me.wait_for(&Wait::new().live())?.is_running() {
            let _ = Self::take(me);
            report(me.name(), me.state().inbox, me.state().tally);
        }
        Ok(())
    }
}

/// Says how far a reader is whenever it has taken everything that is there.
fn report(name: &str, inbox: &LiveReader<Wide, 8>, tally: &Tally) {
    if inbox.is_empty() {
        let (Tally { count, torn, wrong }, missed) = (tally, inbox.missed());
        say!("{name} at={} missed={missed} count={count} torn={torn} wrong={wrong}", count + missed);
    }
}

root! {
    mem = "1MiB";
    daemons: [Gauge, Updates, Tasks];
    rings: [Gauge.out -> [Updates.inbox, Tasks.inbox]];
}
