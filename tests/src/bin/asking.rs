//! A caller that waits for the end of each call, and a server: both are killed at random. Each number is asked until it is
//! answered, and is booked once on both sides. Told `finish` on standard input, the caller asks no more.

use perennial::calls::{CallError, Calls, Done, End, Line, Refusal, Reply, Request, Served, Turn, call};
use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// The most calls.
const MOST: usize = 65_536;

#[daemon(
    mem = "1MiB",
    max_restarts = 100_000,
    backoff = "1ms",
    max_backoff = "1ms",
    within = "5ms",
    resumes = 1_000_000,
    watchdog = "400ms"
)]
struct Caller {
    asks: Producer<Request<u64>, 4>,
    answers: Consumer<Reply<u64>, 4>,
    /// Somebody else's messages, which must not wake who waits for an answer.
    noise: Consumer<u64, 4>,
    calls: Calls<1>,
    next: u64,
    booked: Array<u8, MOST>,
    wrong: u64,
    again: u64,
    expired: u64,
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
    asks: Consumer<Request<u64>, 4>,
    answers: Producer<Reply<u64>, 4>,
    noise: Producer<u64, 4>,
    served: Served<u64, 4>,
    runs: Array<u8, MOST>,
}

impl Server {
    #[transaction(timeout = "10s", retries = 3)]
    fn serve(
        asks: &mut Consumer<Request<u64>, 4>,
        answers: &mut Producer<Reply<u64>, 4>,
        served: &mut Served<u64, 4>,
        runs: &mut Array<u8, MOST>,
    ) -> Result<bool, ()> {
        let turn = served.serve(asks, answers, |number| {
            let _ = runs.update(number, |runs| *runs += 1);
            Ok(number * 3)
        });
        Ok(turn != Turn::Full)
    }
}

impl Daemon for Server {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=server");
        me.change(|s| s.noise.push_slice(&[1, 2]))?;
        while me.wait()?.is_running() {
            // Longer than the caller's watchdog, once.
            if me.generation() == 1 && me.state().asks.next_position() == 3 {
                me.set_alarm(Duration::from_millis(900));
                while !me.wait_for(&Wait::new())?.has_alarm() {}
            }
            if let Ok(false) = Self::serve(me) {
                me.wait_for(&Wait::new().room().timeout(Duration::from_millis(50)))?;
            }
        }
        let runs = me.state().runs;
        let (once, more) = runs.iter().fold((0, 0), |(once, more), runs| match runs {
            0 => (once, more),
            1 => (once + 1, more),
            _ => (once, more + 1),
        });
        say!("server once={once} more={more}");
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `call` hands over")]
fn over(s: CallerMut<'_>, Done { id, end }: Done<u64>) {
    match end {
        End::Answered(answer) => {
            *s.wrong += u64::from(answer != *s.next * 3);
            let _ = s.booked.update(*s.next, |booked| *booked += 1);
            *s.next += 1;
        }
        // It was not carried out: the same number is asked anew.
        End::Refused(Refusal::Expired) => *s.expired += 1,
        End::Refused(_) => *s.wrong += 1,
        End::TimedOut => {
            *s.again += 1;
            let _ = s.calls.ask_again(s.asks, id, *s.next, Duration::from_secs(30));
        }
    }
}

impl Daemon for Caller {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=caller");
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while !*me.state().over && *me.state().next < MOST as u64 {
            let number = *me.state().next;
            // Some do not have the time.
            let timeout = Duration::from_millis(if number.is_multiple_of(7) { 1 } else { 30_000 });
            match call(
                me,
                |s| Line { calls: s.calls, asks: s.asks, answers: s.answers },
                number,
                timeout,
                over,
            ) {
                Err(CallError::Stopping) => return Ok(()),
                Err(CallError::Full) => {}
                other => other?,
            }
            let woken = me.wait_for(&Wait::new().timeout(Duration::ZERO))?;
            let finish =
                woken.has_ready_descriptor() && command().is_none_or(|command| &*command == "finish");
            if finish && me.state().calls.is_empty() {
                me.change(|s| *s.over = true)?;
            }
        }
        me.unwatch(stdin);
        let s = me.state();
        let booked = s.booked.iter().filter(|booked| **booked == 1).count();
        say!(
            "caller next={} booked={booked} wrong={} again={} expired={}",
            s.next,
            s.wrong,
            s.again,
            s.expired
        );
        me.shutdown(0);
        me.wait_for_stop()
    }
}

root! {
    mem = "3MiB";
    daemons: [Caller, Server];
    rings: [
        Caller.asks -> Server.asks (attempts = 1_000_000),
        Server.answers -> Caller.answers (attempts = 1_000_000),
        Server.noise -> Caller.noise,
    ];
}
