//! A daemon that fails as it is told on standard input, in itself or in a transaction, and a peer that must
//! not notice.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

mod account;
mod harm;
mod peer;

use perennial::prelude::*;
use perennial_tests::fault::Fault;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// What an uncommitted change would add.
const STRAY: u64 = 1_000_000;

#[message]
#[derive(Debug)]
enum Refusal {
    Asked,
    NoMemory,
    Full,
}

#[daemon(
    mem = "1MiB",
    record = "8KiB",
    heap = "64KiB",
    scratch = "64KiB",
    max_restarts = 1000,
    backoff = "1ms",
    within = "20ms"
)]
struct Victim {
    steps: u64,
    total: u64,
    rows: Array<u64, 1000>,
    note: Text<16>,
    sent: Producer<u64, 64>,
    pages: Array<[u8; 3000], 4>,
}

fn step(s: &mut VictimMut<'_>, amount: u64) -> Result<(), Refusal> {
    book(s.steps, s.total, s.rows, s.note, s.sent, amount)
}

fn book(
    steps: &mut u64,
    total: &mut u64,
    rows: &mut Array<u64, 1000>,
    note: &mut Text<16>,
    sent: &mut Producer<u64, 64>,
    amount: u64,
) -> Result<(), Refusal> {
    *steps += 1;
    *total += amount;
    rows.update(1 + amount % 999, |row| *row += amount).map_err(|_| Refusal::Full)?;
    *note = Text::truncated(if amount == STRAY { "stray" } else { "kept" });
    sent.push(amount).map_err(|_| Refusal::Full)
}

/// Fails as told, after it has changed everything.
fn fail(fault: Fault, rows: &mut Array<u64, 1000>, pages: &mut Array<[u8; 3000], 4>) -> Result<(), Refusal> {
    // Row 0 is never changed, so this is where it is committed.
    fault.strike(rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref));
    match fault {
        Fault::Error => Err(Refusal::Asked),
        Fault::Malloc => Err(Refusal::NoMemory),
        Fault::Overrun => {
            // The third has no room, what follows it has; the task itself does not care.
            for page in 0..4_u32 {
                let _ = pages.set(page, [1; 3000]);
            }
            let _ = rows.set(999_u32, 1);
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Victim {
    #[transaction]
    fn good(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        amount: u64,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, amount)?;
        Ok(*total)
    }

    #[transaction(timeout = "200ms")]
    fn bad(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        pages: &mut Array<[u8; 3000], 4>,
        fault: Fault,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        fail(fault, rows, pages)?;
        Ok(*total)
    }

    /// Changes everything and waits; first it gives its daemon a signal, if it is told to.
    #[transaction]
    fn linger(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        strike: bool,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        say!("flight pid={}", std::process::id());
        if strike {
            // SAFETY: the parent is the daemon, which waits for this process.
            unsafe { libc::kill(libc::getppid(), libc::SIGUSR1) };
        }
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    #[transaction(retries = 2, backoff = "1ms")]
    fn stubborn(total: &mut u64) -> Result<u64, Refusal> {
        *total += STRAY;
        say!("try pid={}", std::process::id());
        Fault::Null.strike(core::ptr::null());
        Ok(0)
    }

    /// Leaves a process behind, in a session of its own if it is told to.
    #[transaction]
    fn spawn(total: &mut u64, session: bool) -> Result<u64, Refusal> {
        *total += 0;
        // SAFETY: a transaction has one thread.
        match unsafe { libc::fork() } {
            -1 => Err(Refusal::NoMemory),
            0 => {
                if session {
                    // SAFETY: no arguments.
                    unsafe { libc::setsid() };
                }
                say!("orphan pid={}", std::process::id());
                loop {
                    // SAFETY: no arguments.
                    unsafe { libc::pause() };
                }
            }
            _ => Ok(1),
        }
    }

    #[transaction]
    #[allow(clippy::unnecessary_wraps, reason = "the shape of a transaction")]
    fn grab(total: &mut u64) -> Result<u64, Refusal> {
        *total += 0;
        Ok(harm::grab())
    }

    /// Grows and shrinks, in Rust and in C, within its budget.
    #[transaction]
    fn work(total: &mut u64, rounds: u64) -> Result<u64, Refusal> {
        let mut sum = 0;
        for round in 0..rounds {
            let block = vec![round; 1000];
            // SAFETY: the block is used within its size and freed once.
            unsafe {
                let c: *mut u64 = libc::malloc(8000).cast();
                if c.is_null() {
                    return Err(Refusal::NoMemory);
                }
                c.write(block[round as usize % 1000]);
                sum += *c;
                libc::free(libc::realloc(c.cast(), 16_000));
            }
        }
        *total += 0;
        Ok(sum)
    }
}

impl Victim {
    /// Whether the daemon is to go on.
    fn obey(me: &mut Handle<Self>, command: &str) -> Result<bool, Error> {
        let mut words = command.split(' ');
        let (verb, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let amount: u64 = first.parse().unwrap_or(0);
        let fault = || Fault::named(first).ok_or(Error::new("no such fault"));
        match verb {
            "transaction" => account::of_change(Self::good(me, amount)),
            "update" => account::of_change(me.update(|mut s| step(&mut s, amount))),
            "fail" => account::of_change(Self::bad(me, fault()?)),
            "fail-update" => account::of_change(Self::fail_in_update(me, fault()?)),
            "linger" => account::of_change(Self::linger(me, false)),
            "stubborn" => account::of_change(Self::stubborn(me)),
            "work" => account::of_change(Self::work(me, amount)),
            "grab" => account::of_change(Ok::<_, Failure<Refusal>>(
                harm::grab() * 100 + Self::grab(me).unwrap_or(0),
            )),
            "spawn" => account::of_change(Self::spawn(me, first == "session")),
            "catch" => Self::catch(me),
            "die-idle" => {
                let row = me.state().rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref);
                say!("dying");
                fault()?.strike(row);
                return Err(Error::new("told to fail"));
            }
            "die-flight" => {
                harm::plan(
                    fault()?,
                    me.state().rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref),
                );
                account::of_change(Self::linger(me, true));
            }
            "quit" => {
                me.shutdown(0);
                return Ok(true);
            }
            "return" => return Ok(false),
            _ => {}
        }
        let s = me.state();
        let pages: u64 = s.pages.iter().map(|page| u64::from(page[0])).sum();
        let rows: u64 = s.rows.iter().zip(1_u64..).map(|(row, weight)| row * weight).sum::<u64>() + pages;
        say!(
            "state steps={} total={} rows={rows} note={:?} pushed={}",
            s.steps,
            s.total,
            s.note.as_str(),
            s.sent.len()
        );
        Ok(true)
    }

    fn fail_in_update(me: &mut Handle<Self>, fault: Fault) -> Result<(), Failure<Refusal>> {
        me.update(|mut s| {
            step(&mut s, STRAY)?;
            if fault == Fault::Loop {
                say!("looping");
            }
            fail(fault, s.rows, s.pages)
        })
    }

    /// A panic in an update that the daemon catches itself.
    fn catch(me: &mut Handle<Self>) {
        let caught = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            Self::fail_in_update(me, Fault::Panic)
        }));
        say!("done caught={}", caught.is_err());
    }
}

impl Daemon for Victim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        account::of_start(me.generation(), me.start());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while {
            let woken = me.wait()?;
            if woken.has_ready_descriptor() {
                match command() {
                    Some(command) if !Self::obey(me, &command)? => return Ok(()),
                    Some(_) => {}
                    None => me.unwatch(stdin),
                }
            }
            woken.is_running()
        } {}
        Ok(())
    }
}

root! {
    mem = "2MiB";
    daemons: [Victim, peer::Peer];
    rings: [Victim.sent -> Peer.got];
}
