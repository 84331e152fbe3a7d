//! The daemon that fails: its state, and its transactions.

use crate::{grab, plan, twin};
use perennial::prelude::*;
use perennial_tests::fault::{Fault, Refusal};
use perennial_tests::{census, say};

/// What an uncommitted change would add.
pub const STRAY: u64 = 1_000_000;

#[daemon(
    mem = "1MiB",
    record = "8KiB",
    heap = "64KiB",
    scratch = "64KiB",
    max_restarts = 1000,
    backoff = "1ms",
    max_backoff = "1ms",
    within = "20ms",
    watchdog = "1s",
    resumes = 1000000
)]
pub struct Victim {
    #[publish]
    pub steps: u64,
    pub total: u64,
    pub rows: Array<u64, 1000>,
    pub note: Text<16>,
    pub sent: Producer<u64, 64>,
    pub pages: Array<[u8; 3000], 4>,
    pub orders: Producer<twin::Order, 8>,
}

/// Changes everything.
pub fn book(
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

/// Fails as told, after everything was changed.
pub fn fail(
    fault: Fault,
    rows: &mut Array<u64, 1000>,
    pages: &mut Array<[u8; 3000], 4>,
) -> Result<(), Refusal> {
    // No commit ever changes a page.
    pages.set(3_u32, [9; 3000]).map_err(|_| Refusal::Full)?;
    fault.strike()?;
    if fault == Fault::Overrun {
        // Not all of them have room, what follows them has; the task itself does not care.
        for page in 0..4_u32 {
            let _ = pages.set(page, [1; 3000]);
        }
        let _ = rows.set(999_u32, 1);
    }
    Ok(())
}

impl Victim {
    #[transaction]
    pub fn good(
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

    #[transaction(timeout = "20s")]
    pub fn bad(
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

    /// The same for what does not end by itself.
    #[transaction(timeout = "200ms")]
    pub fn hang(
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

    /// Changes everything and waits.
    #[transaction(timeout = "60s")]
    pub fn linger(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        say!("flight pid={}", std::process::id());
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    /// Changes everything and gives its daemon the signal; fails itself at the moment of the plan, if it is told to,
    /// and waits otherwise. What the handler cannot do, it does: it returns the error.
    ///
    /// Without a timeout, as a daemon that waits so is not waiting for anything to the watchdog.
    #[transaction]
    pub fn strike(
        steps: &mut u64,
        total: &mut u64,
        rows: &mut Array<u64, 1000>,
        note: &mut Text<16>,
        sent: &mut Producer<u64, 64>,
        pages: &mut Array<[u8; 3000], 4>,
        fault: Fault,
        both: bool,
        returns: bool,
    ) -> Result<u64, Refusal> {
        book(steps, total, rows, note, sent, STRAY)?;
        say!("flight pid={}", std::process::id());
        // SAFETY: no arguments.
        let daemon = unsafe { libc::getppid() };
        while !census::sleeps(daemon) {
            std::thread::yield_now();
        }
        // SAFETY: the parent is the daemon, which waits for this process.
        unsafe { libc::kill(daemon, libc::SIGUSR1) };
        if both {
            plan::await_moment(plan::moment());
            fail(fault, rows, pages)?;
        }
        if returns {
            return Err(Refusal::Asked);
        }
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    #[transaction(retries = 2, backoff = "1ms")]
    pub fn stubborn(total: &mut u64) -> Result<u64, Refusal> {
        *total += STRAY;
        say!("try pid={}", std::process::id());
        Fault::Null.strike()?;
        Ok(0)
    }

    /// Leaves a process behind, in a session of its own if it is told to.
    #[transaction]
    pub fn spawn(total: &mut u64, session: bool) -> Result<u64, Refusal> {
        *total += 0;
        // SAFETY: a transaction has one thread.
        match unsafe { libc::fork() } {
            -1 => Err(Refusal::NoMemory),
            0 => {
                if session {
                    // SAFETY: no arguments.
                    unsafe { libc::setsid() };
                }
                loop {
                    // SAFETY: no arguments.
                    unsafe { libc::pause() };
                }
            }
            pid => {
                say!("orphan pid={pid}");
                Ok(1)
            }
        }
    }

    #[transaction]
    #[allow(clippy::unnecessary_wraps, reason = "the shape of a transaction")]
    pub fn grab(total: &mut u64) -> Result<u64, Refusal> {
        *total += 0;
        Ok(grab::grab())
    }

    /// Grows and shrinks, in Rust and in C, within its budget.
    #[transaction]
    pub fn work(total: &mut u64, rounds: u64) -> Result<u64, Refusal> {
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
