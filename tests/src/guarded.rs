//! A daemon with a watchdog that does as it is told on standard input, and two for the order of starts.

use crate::say;
use crate::say::command;
use perennial::prelude::*;
use perennial::report::Cause;
use std::os::fd::BorrowedFd;
use std::time::Instant;

/// Has a watchdog, and does as it is told.
#[daemon(mem = "128KiB", watchdog = "300ms", max_restarts = 1000, backoff = "1ms", stop_timeout = "400ms")]
pub struct Guarded {
    steps: u64,
}

/// Becomes ready when it is told to, or not in time.
#[daemon(mem = "64KiB", start_timeout = "300ms", max_restarts = 1000, backoff = "1ms", healthy_after = "1m")]
pub struct Slow {
    starts: u64,
}

/// Depends on the slow one, although it is listed before it.
#[daemon(mem = "64KiB")]
pub struct Patient {
    starts: u64,
}

impl Guarded {
    #[transaction(timeout = "1s")]
    #[expect(clippy::unnecessary_wraps, reason = "the shape of a transaction")]
    fn bounded(steps: &mut u64) -> Result<(), ()> {
        std::thread::sleep(Duration::from_millis(900));
        *steps += 1;
        Ok(())
    }

    #[transaction]
    fn unbounded(steps: &mut u64) -> Result<(), ()> {
        *steps += 1;
        say!("flight pid={}", std::process::id());
        loop {
            core::hint::spin_loop();
        }
    }

    #[transaction(timeout = "300ms")]
    fn overdue(steps: &mut u64) -> Result<(), ()> {
        *steps += 1;
        loop {
            core::hint::spin_loop();
        }
    }

    fn obey(me: &mut Handle<Self>, command: &str) -> Result<(), Error> {
        match command {
            "spin" => loop {
                core::hint::spin_loop();
            },
            "spin-in-update" => {
                me.update(|s| -> Result<(), Error> {
                    *s.steps += 1000;
                    loop {
                        core::hint::spin_loop();
                    }
                })?;
            }
            "sleep" => loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            },
            "deaf" => loop {
                // SAFETY: fills a local and blocks what it names.
                unsafe {
                    let mut all: libc::sigset_t = core::mem::zeroed();
                    libc::sigfillset(&raw mut all);
                    libc::sigprocmask(libc::SIG_BLOCK, &raw const all, core::ptr::null_mut());
                }
                core::hint::spin_loop();
            },
            "work" => {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(1200) {
                    core::hint::black_box(began);
                    me.alive();
                }
            }
            "plod" => {
                // Signs of life as seldom as the watchdog allows.
                for _ in 0..8 {
                    std::thread::sleep(Duration::from_millis(180));
                    me.alive();
                }
            }
            "commit" => {
                me.change(|s| *s.steps += 1)?;
                say!("steps={}", me.state().steps);
            }
            "overdue" => {
                let timed_out = matches!(Self::overdue(me), Err(Failure::TimedOut(_)));
                say!("timed-out={timed_out}");
            }
            "nap" => {
                me.wait_for(&Wait::new().timeout(Duration::from_millis(300)))?;
            }
            "die" => std::process::abort(),
            "stay" => {
                me.wait_for_stop()?;
                loop {
                    // SAFETY: no arguments.
                    unsafe { libc::pause() };
                }
            }
            "bounded" => {
                Self::bounded(me).map_err(|_| Error::new("the transaction failed"))?;
            }
            "unbounded" => {
                let _ = Self::unbounded(me);
            }
            "quit" => me.shutdown(0),
            _ => {}
        }
        say!("done {command}");
        Ok(())
    }
}

impl Daemon for Guarded {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let cause = match me.start() {
            Start::First => "first",
            Start::Again(Cause::Hung(Some(_))) => "hung-with-report",
            Start::Again(Cause::Hung(None)) => "hung",
            Start::Again(_) => "other",
        };
        say!(
            "up name=Guarded pid={} generation={} cause={cause} steps={}",
            std::process::id(),
            me.generation(),
            me.state().steps
        );
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        loop {
            let woken = me.wait()?;
            if woken.has_ready_descriptor() {
                match command() {
                    Some(command) => Self::obey(me, &command)?,
                    None => me.unwatch(stdin),
                }
            }
            if !woken.is_running() {
                return Ok(());
            }
        }
    }
}

impl Daemon for Slow {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        let unready = matches!(me.start(), Start::Again(Cause::Unready));
        say!("up name=Slow pid={} generation={} unready={unready}", std::process::id(), me.generation());
        if me.generation() == 1 {
            loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            }
        }
        me.ready();
        say!("ready name=Slow");
        me.wait_for_stop()?;
        say!("down name=Slow");
        Ok(())
    }
}

impl Daemon for Patient {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        say!("up name=Patient pid={}", std::process::id());
        me.wait_for_stop()?;
        say!("down name=Patient");
        Ok(())
    }
}
