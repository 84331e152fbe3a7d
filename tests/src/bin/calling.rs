//! A caller and a server that are killed at random: what became of each call, and how often it was carried out. Told
//! `finish` on standard input, the caller asks no more, and the tree ends once every call is over.

use perennial::calls::{Calls, Done, End, Refusal, Reply, Request, Served, Turn};
use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// The most calls.
const MOST: usize = 65_536;
/// Calls in one line of the account.
const LINE: usize = 800;

/// How a call ended, in one character.
const OPEN: u8 = 0;
const ANSWERED: u8 = b'a';
const EXPIRED: u8 = b'e';
const TIMED_OUT: u8 = b't';
const FORGOTTEN: u8 = b'f';
const WRONG: u8 = b'w';
/// It timed out and was asked again.
const AGAIN: u8 = b'?';

#[daemon(
    mem = "1MiB",
    max_restarts = 100_000,
    backoff = "1ms",
    max_backoff = "1ms",
    within = "5ms",
    resumes = 1_000_000
)]
struct Caller {
    asks: Producer<Request<u64>, 32>,
    answers: Consumer<Reply<u64>, 32>,
    calls: Calls<8>,
    /// Calls so far; the number of a call is its place here, and its identifier one more.
    ends: Array<u8, MOST>,
    highest: u64,
    over: bool,
}

#[daemon(
    mem = "1MiB",
    max_restarts = 100_000,
    backoff = "1ms",
    max_backoff = "1ms",
    within = "5ms",
    resumes = 1_000_000
)]
struct Server {
    asks: Consumer<Request<u64>, 32>,
    answers: Producer<Reply<u64>, 32>,
    served: Served<u64, 16>,
    runs: Array<u8, MOST>,
    highest: u64,
}

#[message]
#[derive(Debug)]
enum Later {
    Idle,
    Full,
}

impl Server {
    #[transaction(timeout = "10s", retries = 3)]
    fn serve(
        asks: &mut Consumer<Request<u64>, 32>,
        answers: &mut Producer<Reply<u64>, 32>,
        served: &mut Served<u64, 16>,
        runs: &mut Array<u8, MOST>,
        highest: &mut u64,
    ) -> Result<(), Later> {
        let turn = served.serve(asks, answers, |number| {
            let _ = runs.update(number, |runs| *runs += 1);
            *highest = number.max(*highest);
            Ok(number * 3)
        });
        match turn {
            Turn::Full => Err(Later::Full),
            Turn::Idle => Err(Later::Idle),
            _ => Ok(()),
        }
    }
}

impl Daemon for Server {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=server");
        while me.wait()?.is_running() {
            if let Err(Failure::Task(Later::Full)) = Self::serve(me) {
                me.wait_for(&Wait::new().room().timeout(Duration::from_millis(50)))?;
            }
        }
        account("runs", *me.state().highest, |number| {
            b'0' + me.state().runs.get(number).copied().unwrap_or_default()
        });
        Ok(())
    }
}

/// Says one character for each call.
fn account(what: &str, highest: u64, of: impl Fn(u64) -> u8) {
    let mut line = [0; LINE];
    for first in (0..=highest).step_by(LINE) {
        let mut len = 0;
        for number in (first..=highest).take(LINE) {
            line[len] = of(number);
            len += 1;
        }
        say!("{what} {}", std::str::from_utf8(&line[..len]).unwrap_or("?"));
    }
}

/// Notes how a call ended, or asks again.
fn over(s: &mut CallerMut<'_>, Done { id, end }: Done<u64>) {
    let number = id - 1;
    let before = s.ends.get(number).copied().unwrap_or_default();
    let end = match end {
        End::Answered(answer) if answer == number * 3 => ANSWERED,
        End::Answered(_) | End::Refused(Refusal::Declined) => WRONG,
        End::Refused(Refusal::Expired) => EXPIRED,
        End::Refused(Refusal::Forgotten) => FORGOTTEN,
        End::TimedOut if before == OPEN && number.is_multiple_of(2) => {
            match s.calls.ask_again(s.asks, id, number, Duration::from_secs(30)) {
                Ok(()) => AGAIN,
                Err(_) => TIMED_OUT,
            }
        }
        End::TimedOut => TIMED_OUT,
    };
    let _ = s.ends.set(number, end);
}

impl Daemon for Caller {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=caller");
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        let mut finishing = false;
        while !*me.state().over {
            me.change(|s| {
                let mut s = s;
                while let Some(done) = s.calls.next(s.answers) {
                    over(&mut s, done);
                }
                while !finishing && s.asks.next_position() < MOST as u64 - 64 {
                    let number = s.asks.next_position();
                    // Some have time for everything, some for nothing that is in the way.
                    let timeout = if number.is_multiple_of(3) { 2 } else { 30_000 };
                    if s.calls.ask(s.asks, number, Duration::from_millis(timeout)).is_err() {
                        break;
                    }
                    *s.highest = number;
                }
                *s.over = finishing && s.calls.is_empty();
            })?;
            let patience = me.state().calls.patience().unwrap_or(Duration::from_millis(10));
            let woken = me.wait_for(&Wait::new().messages().timeout(patience))?;
            if !woken.is_running() {
                break;
            }
            // One whose predecessor died with the command in its hand sees the end of the input.
            if woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish") {
                finishing = true;
                me.unwatch(stdin);
            }
        }
        if *me.state().over {
            me.shutdown(0);
        }
        me.wait_for_stop()?;
        let s = me.state();
        say!("caller late={} letters={}", s.calls.late(), s.answers.dead_letters().count());
        account("ends", *s.highest, |number| match s.ends.get(number) {
            // A place that no call has: the request was asked again there.
            Some(&OPEN) | None => b'-',
            Some(&end) => end,
        });
        Ok(())
    }
}

root! {
    mem = "3MiB";
    daemons: [Caller, Server];
    rings: [
        Caller.asks -> Server.asks (attempts = 1_000_000),
        Server.answers -> Caller.answers (attempts = 1_000_000),
    ];
}
