//! Daemons that pass every fault point: a source pushes numbers, a relay whose state is reset when it dies passes
//! them on, and a sink books each in a transaction, under a check of its whole state. Some numbers are poison. A
//! climber is rolled back whenever it dies of itself.

use core::sync::atomic::{AtomicU32, Ordering};
use perennial::prelude::*;
use perennial_tests::say;

/// How many numbers there are.
const COUNT: u64 = 60;
/// Every so many a poisonous one.
const POISON: u64 = 13;

#[daemon(mem = "256KiB", max_restarts = 100, backoff = "1ms")]
struct Source {
    next: u64,
    out: Producer<u64, 32>,
}

#[daemon(mem = "256KiB", max_restarts = 100, backoff = "1ms", restart = reset)]
struct Relay {
    seen: u64,
    scraps: Array<u64, 16>,
    inbox: Consumer<u64, 32>,
    /// Room for all, so that the relay sleeps when nothing comes.
    out: Producer<u64, 64>,
}

#[daemon(mem = "256KiB", max_restarts = 100, backoff = "1ms", validate = Sink::check)]
struct Sink {
    inbox: Consumer<u64, 64>,
    /// Booked numbers.
    count: u64,
    sum: u64,
    /// How often each was booked.
    times: Array<u64, 64>,
    /// Highest number so far plus one.
    next: u64,
    disorder: u64,
    /// Updates that touch nothing else.
    ticks: u64,
}

/// Steps that the climber takes, whatever becomes of it on the way.
const STEPS: u64 = 12;

#[daemon(mem = "256KiB", max_restarts = 100, backoff = "1ms", resumes = 0, rollbacks = 100)]
struct Climber {
    steps: u64,
    doubled: Array<u64, 1>,
}

#[message]
#[derive(Debug)]
enum Refused {
    Empty,
    Odd,
}

impl Sink {
    fn check(state: &SinkRef<'_>) -> Result<(), &'static str> {
        let booked: u64 = state.times.iter().sum();
        if booked == *state.count { Ok(()) } else { Err("not every number counts once") }
    }

    #[transaction(timeout = "10s")]
    fn book(
        inbox: &mut Consumer<u64, 64>,
        count: &mut u64,
        sum: &mut u64,
        times: &mut Array<u64, 64>,
        next: &mut u64,
        disorder: &mut u64,
    ) -> Result<(), Refused> {
        let number = inbox.pop().ok_or(Refused::Empty)?;
        *disorder += u64::from(number < *next);
        *next = number + 1;
        *count += 1;
        *sum += number;
        times.update(number, |times| *times += 1).map_err(|_| Refused::Odd)?;
        if number % POISON == POISON - 1 {
            say!("try number={number}");
            // SAFETY: none; it is what a poisonous message does.
            unsafe { libc::memset(core::hint::black_box(core::ptr::null_mut()), 1, 4) };
        }
        Ok(())
    }

    fn finished(me: &Handle<Self>) -> bool {
        let s = me.state();
        s.count + s.inbox.dead_letters().count() as u64 == COUNT
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while *me.state().next < COUNT && me.wait_for(&Wait::new().room())?.is_running() {
            if *me.state().next == COUNT - 1 {
                // Everybody downstream has gone to sleep by the last one.
                me.wait_for(&Wait::new().timeout(Duration::from_millis(20)))?;
            }
            me.change(|s| {
                // One in each commit: which commit is the last is then the same in every run.
                *s.next += u64::from(s.out.push(*s.next).is_ok());
            })?;
        }
        while me.wait_for(&Wait::new())?.is_running() {}
        say!("source next={}", me.state().next);
        Ok(())
    }
}

impl Daemon for Climber {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let s = me.state();
        let clean = s.doubled.get(0_u8) == Some(&(2 * *s.steps));
        say!(
            "climber generation={} steps={} clean={clean} how={:?}",
            me.generation(),
            s.steps,
            me.recovered()
        );
        while *me.state().steps < STEPS {
            me.change(|s| {
                *s.steps += 1;
                let _ = s.doubled.set(0_u8, 2 * *s.steps);
            })?;
            me.checkpoint("step")?;
        }
        me.wait_for_stop()
    }
}

impl Daemon for Relay {
    fn run(me: &mut Handle<Self>) -> Outcome {
        if me.generation() > 1 {
            let s = me.state();
            let clean = *s.seen == 0 && s.scraps.iter().all(|scrap| *scrap == 0);
            say!("relay generation={} clean={clean}", me.generation());
        }
        while me.wait()?.is_running() {
            if me.state().out.room() == 0 && !me.wait_for(&Wait::new().room())?.is_running() {
                break;
            }
            me.change(|s| {
                for _ in 0..4 {
                    if s.out.room() == 0 {
                        break;
                    }
                    let Some(number) = s.inbox.pop() else { break };
                    let _ = s.out.push(number);
                    *s.seen += 1;
                    let _ = s.scraps.set(number % 16, number + 1);
                }
            })?;
        }
        Ok(())
    }
}

/// Transactions of this incarnation that were killed rather than crashed.
static KILLED: AtomicU32 = AtomicU32::new(0);

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while !Self::finished(me) && me.wait()?.is_running() {
            me.change(|s| *s.ticks += 1)?;
            match Self::book(me) {
                // Armed points in a transaction would kill every one of this incarnation.
                Err(Failure::Killed(_)) if KILLED.fetch_add(1, Ordering::Relaxed) == 1 => {
                    std::process::abort()
                }
                _ => {}
            }
        }
        if Self::finished(me) {
            me.shutdown(0);
        }
        while me.wait_for(&Wait::new())?.is_running() {}
        let s = me.state();
        let booked = s.times.iter().filter(|times| **times == 1).count();
        let more = s.times.iter().filter(|times| **times > 1).count();
        let letters: u64 = s.inbox.dead_letters().filter_map(|letter| letter.message).sum();
        let tries: u32 = s.inbox.dead_letters().map(|letter| letter.attempts).sum();
        say!(
            "final count={} sum={} booked={booked} more={more} disorder={} letters={} letter-sum={letters} tries={tries}",
            s.count,
            s.sum,
            s.disorder,
            s.inbox.dead_letters().count()
        );
        Ok(())
    }
}

root! {
    mem = "2MiB";
    daemons: [Source, Relay, Sink, Climber];
    rings: [
        Source.out -> Relay.inbox (attempts = 1000),
        Relay.out -> Sink.inbox (attempts = 8),
    ];
}
