//! One source and two sinks, each of which gets every number: one in transactions, the other in updates. The source
//! waits in `push` when its ring is full, in updates of its own and in transactions, in turn. Told `finish` on standard
//! input, it pushes no more, and the tree ends once everything has arrived at both. `Brief` takes a few numbers and is
//! done: nobody waits for it any more.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// Marks the end of the stream.
const END: u64 = u64::MAX;

#[daemon(
    mem = "256KiB",
    max_restarts = 100_000,
    backoff = "1ms",
    max_backoff = "2ms",
    within = "5ms",
    watchdog = "5s"
)]
struct Source {
    next: u64,
    over: bool,
    waits: u64,
    ends: u32,
    out: Producer<u64, 32>,
    left: Consumer<(), 2>,
    right: Consumer<(), 2>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Left {
    inbox: Consumer<u64, 32>,
    count: u64,
    sum: u64,
    /// Numbers that were not the one after the last.
    wrong: u64,
    over: bool,
    ended: Producer<(), 2>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Right {
    inbox: Consumer<u64, 32>,
    count: u64,
    sum: u64,
    wrong: u64,
    over: bool,
    ended: Producer<(), 2>,
}

#[daemon(mem = "256KiB", kind = transient, max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Brief {
    inbox: Consumer<u64, 32>,
    count: u64,
}

#[message]
#[derive(Debug)]
enum Stop {
    Asked,
}

impl Source {
    /// Pushes five numbers, one by one, and waits for room.
    #[transaction(timeout = "10s", retries = 3)]
    fn send(next: &mut u64, waits: &mut u64, out: &mut Producer<u64, 32>) -> Result<(), Stop> {
        push(next, waits, out)
    }
}

fn push(next: &mut u64, waits: &mut u64, out: &mut Producer<u64, 32>) -> Result<(), Stop> {
    for _ in 0..5 {
        *waits += u64::from(out.room() == 0);
        out.push(*next).map_err(|_| Stop::Asked)?;
        *next += 1;
    }
    Ok(())
}

impl Left {
    #[transaction(timeout = "10s", retries = 3)]
    fn take(
        inbox: &mut Consumer<u64, 32>,
        count: &mut u64,
        sum: &mut u64,
        wrong: &mut u64,
        over: &mut bool,
        ended: &mut Producer<(), 2>,
    ) -> Result<(), ()> {
        for number in inbox.pop_iter().take(3) {
            if number == END {
                *over = ended.push(()).is_ok();
                break;
            }
            *wrong += u64::from(number != *count);
            *count += 1;
            *sum += number;
        }
        Ok(())
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=source pid={}", std::process::id());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while !*me.state().over {
            let woken = me.wait_for(&Wait::new().timeout(Duration::ZERO))?;
            if !woken.is_running() {
                break;
            }
            // A source whose predecessor died with the command in its hand sees the end of the input.
            if woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish") {
                me.change(|s| *s.over = s.out.push(END).is_ok())?;
            } else if me.sequence().is_multiple_of(2) {
                // Killed or asked to stop: nothing of it is kept, and the next round begins anew.
                let _ = me.update(|s| push(s.next, s.waits, s.out));
            } else {
                let _ = Self::send(me);
            }
        }
        me.unwatch(stdin);
        while *me.state().ends < 2 && me.wait()?.is_running() {
            me.change(|s| *s.ends += (s.left.pop_iter().count() + s.right.pop_iter().count()) as u32)?;
        }
        me.shutdown(0);
        me.wait_for_stop()?;
        let s = me.state();
        say!("source next={} waits={}", s.next, s.waits);
        for lag in s.out.lags() {
            say!("lag of={} messages={} ended={}", lag.daemon, lag.messages, lag.has_ended);
        }
        Ok(())
    }
}

impl Daemon for Left {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=left pid={}", std::process::id());
        while !*me.state().over && me.wait()?.is_running() {
            let _ = Self::take(me);
        }
        me.wait_for_stop()?;
        let s = me.state();
        let letters = s.inbox.dead_letters().count();
        say!("left count={} sum={} wrong={} letters={letters}", s.count, s.sum, s.wrong);
        Ok(())
    }
}

impl Daemon for Right {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=right pid={}", std::process::id());
        let mut numbers = [0; 8];
        while !*me.state().over && me.wait()?.is_running() {
            me.change(|s| {
                let count = s.inbox.pop_slice(&mut numbers);
                for number in &numbers[..count] {
                    if *number == END {
                        *s.over = s.ended.push(()).is_ok();
                        break;
                    }
                    *s.wrong += u64::from(*number != *s.count);
                    *s.count += 1;
                    *s.sum += *number;
                }
            })?;
        }
        me.wait_for_stop()?;
        let s = me.state();
        let letters = s.inbox.dead_letters().count();
        say!("right count={} sum={} wrong={} letters={letters}", s.count, s.sum, s.wrong);
        Ok(())
    }
}

impl Daemon for Brief {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().count < 10 && me.wait()?.is_running() {
            me.change(|s| *s.count += s.inbox.pop_iter().take(2).count() as u64)?;
        }
        say!("brief is done");
        Ok(())
    }
}

root! {
    mem = "2MiB";
    daemons: [Source, Left, Right, Brief];
    rings: [
        Source.out -> [Left.inbox, Right.inbox, Brief.inbox] (attempts = 1_000_000, full = wait),
        Left.ended -> Source.left,
        Right.ended -> Source.right,
    ];
}
