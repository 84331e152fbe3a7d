//! What the victim does when it is told.

use crate::twin::{self, Twin};
use crate::victim::{STRAY, Victim, book, fail};
use crate::{account, grab, plan};
use perennial::prelude::*;
use perennial_tests::fault::{Fault, Refusal, target};
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

/// Whether the daemon gets to where it can return the error that the fault comes to.
fn is_refusal(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Error
            | Fault::Malloc
            | Fault::FileSize
            | Fault::Descriptors
            | Fault::DiscFull
            | Fault::Overrun
    )
}

fn told(why: impl core::fmt::Debug) -> Error {
    Error::new(format_args!("told to fail: {why:?}"))
}

impl Victim {
    /// Whether the daemon is to go on.
    fn obey(me: &mut Handle<Self>, command: &str) -> Result<bool, Error> {
        let mut words = command.split(' ');
        let (verb, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let amount: u64 = first.parse().unwrap_or(0);
        let fault = Fault::named(first);
        if let Some(fault) = fault {
            // Row 0 is never changed.
            target::find(me.state().rows.get(0_u32).map_or(core::ptr::null(), core::ptr::from_ref));
            account::of_targets("victim");
            Self::fail_as_told(me, verb, fault)?;
        }
        match verb {
            "transaction" => account::of_change(Self::good(me, amount)),
            "update" => {
                account::of_change(me.update(|s| book(s.steps, s.total, s.rows, s.note, s.sent, amount)));
            }
            "linger" => account::of_change(Self::linger(me)),
            "stubborn" => account::of_change(Self::stubborn(me)),
            "work" => account::of_change(Self::work(me, amount)),
            "grab" => account::of_change(Ok::<_, Failure<Refusal>>(
                grab::grab() * 100 + Self::grab(me).unwrap_or(0),
            )),
            "spawn" => account::of_change(Self::spawn(me, first == "session")),
            "catch" => Self::catch(me),
            "quit" => {
                me.shutdown(0);
                return Ok(true);
            }
            "return" => return Ok(false),
            "nothing" => return Ok(true),
            _ => {}
        }
        Self::account(me)?;
        Ok(true)
    }

    /// Fails in one of the places of the matrix.
    fn fail_as_told(me: &mut Handle<Self>, verb: &str, fault: Fault) -> Result<(), Error> {
        match verb {
            "fail" if matches!(fault, Fault::Loop | Fault::Sleep | Fault::Stop) => {
                account::of_change(Self::hang(me, fault));
            }
            "fail" => account::of_change(Self::bad(me, fault)),
            "fail-update" => {
                account::of_change(Self::fail_in_update(me, fault));
            }
            "die-idle" => Self::fail_in_run(me, fault)?,
            "die-asleep" => {
                plan::prepare(fault, 0);
                say!("armed");
            }
            "die-flight" | "die-family" => {
                let both = verb == "die-family";
                plan::prepare(fault, if both { plan::soon() } else { 0 });
                let failed = Self::strike(me, fault, both, is_refusal(fault));
                if plan::left().is_some() {
                    Self::fail_in_run(me, fault)?;
                }
                account::of_change(failed);
            }
            "die-twins" => {
                let at = plan::soon();
                let index = Fault::ALL.iter().position(|known| *known == fault).unwrap_or(0) as u64;
                me.update(|s| s.orders.push(twin::Order { fault: index, at }).map_err(|_| Refusal::Full))
                    .map_err(told)?;
                plan::await_moment(at);
                Self::fail_in_run(me, fault)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Fails between two waits; an error is returned.
    fn fail_in_run(me: &mut Handle<Self>, fault: Fault) -> Result<(), Error> {
        say!("dying");
        if fault == Fault::Overrun {
            return Self::fail_in_update(me, fault).map_err(told);
        }
        fault.strike().map_err(told)
    }

    fn fail_in_update(me: &mut Handle<Self>, fault: Fault) -> Result<(), Failure<Refusal>> {
        me.update(|s| {
            book(s.steps, s.total, s.rows, s.note, s.sent, STRAY)?;
            say!("changed");
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

    /// Says what the state is, the twin's as well.
    fn account(me: &Handle<Self>) -> Result<(), Error> {
        let patience = Duration::from_secs(5);
        let taken = me.peek::<Twin, u64>("taken", patience)?.value;
        let stray = me.peek::<Twin, u64>("stray", patience)?.value;
        let s = me.state();
        let pages: u64 = s.pages.iter().map(|page| u64::from(page[0])).sum();
        let rows: u64 = s.rows.iter().zip(1_u64..).map(|(row, weight)| row * weight).sum::<u64>() + pages;
        say!(
            "state steps={} total={} rows={rows} note={:?} pushed={} taken={taken} stray={stray}",
            s.steps,
            s.total,
            s.note.as_str(),
            s.sent.len()
        );
        Ok(())
    }
}

impl Daemon for Victim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        account::of_start("victim", me.generation(), me.start());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while {
            let woken = me.wait()?;
            if let Some(fault) = plan::left() {
                Self::fail_in_run(me, fault)?;
            }
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
