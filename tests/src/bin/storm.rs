//! Numbers on their way through two rings: a source pushes them, a sink takes them in transactions and
//! passes them on, an audit takes them in updates. Told `finish` on standard input, the source pushes no
//! more, and the tree ends once everything has arrived.

use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// Marks the end of the stream.
const END: u64 = u64::MAX;

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Source {
    next: u64,
    over: bool,
    out: Producer<u64, 64>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Sink {
    inbox: Consumer<u64, 64>,
    count: u64,
    sum: u64,
    /// Numbers that were not the one after the last.
    wrong: u64,
    out: Producer<u64, 64>,
}

#[daemon(mem = "256KiB", max_restarts = 100_000, backoff = "1ms", max_backoff = "2ms", within = "5ms")]
struct Audit {
    inbox: Consumer<u64, 64>,
    count: u64,
    sum: u64,
    wrong: u64,
    over: bool,
}

#[message]
#[derive(Debug)]
enum Later {
    Empty,
    Full,
}

impl Sink {
    #[transaction(timeout = "10s", retries = 3)]
    fn take(
        inbox: &mut Consumer<u64, 64>,
        count: &mut u64,
        sum: &mut u64,
        wrong: &mut u64,
        out: &mut Producer<u64, 64>,
    ) -> Result<(), Later> {
        let number = inbox.pop().ok_or(Later::Empty)?;
        if number != END {
            *wrong += u64::from(number != *count);
            *count += 1;
            *sum += number;
        }
        out.push(number).map_err(|_| Later::Full)
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=source pid={}", std::process::id());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        let mut finishing = false;
        while !*me.state().over {
            let woken = me.wait_for(&Wait::new().room())?;
            if !woken.is_running() {
                break;
            }
            // A source whose predecessor died with the command in its hand sees the end of the input.
            if woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish") {
                finishing = true;
                me.unwatch(stdin);
            }
            if woken.has_room() {
                me.change(|s| {
                    if finishing {
                        *s.over = s.out.push(END).is_ok();
                        return;
                    }
                    for _ in 0..2 {
                        *s.next += u64::from(s.out.push(*s.next).is_ok());
                    }
                })?;
            }
        }
        me.unwatch(stdin);
        while me.wait_for(&Wait::new())?.is_running() {}
        say!("source next={}", me.state().next);
        Ok(())
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=sink pid={}", std::process::id());
        while me.wait_for(&Wait::new().messages())?.is_running() {
            if let Err(Failure::Task(Later::Full)) = Self::take(me) {
                me.wait_for(&Wait::new().room().timeout(Duration::from_millis(50)))?;
            }
        }
        let s = me.state();
        say!(
            "sink count={} sum={} wrong={} letters={}",
            s.count,
            s.sum,
            s.wrong,
            s.inbox.dead_letters().count()
        );
        Ok(())
    }
}

impl Daemon for Audit {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=audit pid={}", std::process::id());
        while !*me.state().over && me.wait()?.is_running() {
            me.change(|s| {
                while let Some(number) = s.inbox.pop() {
                    if number == END {
                        *s.over = true;
                        break;
                    }
                    *s.wrong += u64::from(number != *s.count);
                    *s.count += 1;
                    *s.sum += number;
                }
            })?;
        }
        if *me.state().over {
            me.shutdown(0);
        }
        while me.wait_for(&Wait::new())?.is_running() {}
        let s = me.state();
        say!(
            "audit count={} sum={} wrong={} letters={}",
            s.count,
            s.sum,
            s.wrong,
            s.inbox.dead_letters().count()
        );
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Source, Sink, Audit];
    rings: [
        Source.out -> Sink.inbox (attempts = 1_000_000),
        Sink.out -> Audit.inbox (attempts = 1_000_000),
    ];
}
