//! The ledger: books one line after the other, each in a transaction, since what reads them may crash.

use super::{Kind, Line, Place, RING};
use ledger::booking::{self, Booking, Refused};
use ledger::books::{self, BALANCES, DEAD_LETTERS, JOURNAL};
use ledger::chart::{self, ACCOUNTS};
use perennial::prelude::*;
use std::fmt::Write;

/// Number of accounts.
const CHART: usize = ACCOUNTS.len();

/// The most bookings of one run.
pub const MOST_LINES: usize = 1 << 19;

/// The most lines of one run that are not booked.
pub const MOST_DEAD: usize = 4096;

/// Keeps the books. A storm may kill it as often as it likes.
#[daemon(mem = "12MiB", heap = "1MiB", scratch = "64KiB", validate = balance, max_restarts = 500, within = "1s", backoff = "0ms")]
pub struct Ledger {
    lines: Consumer<Line, RING>,
    /// By the place of an account in the chart.
    accounts: Array<Account, CHART>,
    journal: Vector<Entry, MOST_LINES>,
    /// Lines that are no booking, or crash whoever reads them.
    dead: Vector<Dead, MOST_DEAD>,
    /// The line that crashed a transaction last.
    suspect: Suspect,
    is_closed: bool,
}

/// What an account has received and given, in cents.
#[plain]
pub struct Account {
    debit: u64,
    credit: u64,
}

/// A booking in the journal.
#[plain]
pub struct Entry {
    cents: u64,
    line: u32,
    debit: u16,
    credit: u16,
}

/// A line that is set aside for good.
#[plain]
pub struct Dead {
    line: u32,
    /// Transactions that it crashed.
    crashes: u32,
    cause: Cause,
}

/// What is known against a line, by its position in the ring.
#[plain]
pub struct Suspect {
    position: u64,
    crashes: u32,
    cause: Cause,
}

/// Why a line is not booked, in words for people.
type Cause = Text<120>;

/// Why a transaction came to nothing.
#[message]
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// There is no line.
    #[error("there is nothing to book")]
    Idle,
    /// There is no room for another booking or dead letter.
    #[error(
        "one run has room for {MOST_LINES} bookings and {MOST_DEAD} lines that are none; divide the file"
    )]
    Full,
}

/// What every commit must keep, or the runtime refuses it: debits are as much as credits.
fn balance(books: &LedgerRef<'_>) -> Result<(), Error> {
    let sum = |side: fn(&Account) -> u64| books.accounts.iter().map(side).sum::<u64>();
    let (debits, credits) = (sum(|account| account.debit), sum(|account| account.credit));
    if debits == credits {
        Ok(())
    } else {
        Err(Error::new(format_args!("debits {debits}, credits {credits}")))
    }
}

impl Ledger {
    /// Books the oldest line that was set aside, or else the next one. That it is taken and what came of it are one
    /// commit.
    #[transaction(timeout = "4s")]
    fn settle(
        lines: &mut Consumer<Line, RING>,
        accounts: &mut Array<Account, CHART>,
        journal: &mut Vector<Entry, MOST_LINES>,
        dead: &mut Vector<Dead, MOST_DEAD>,
        is_closed: &mut bool,
    ) -> Result<(), Trouble> {
        let line = match lines.take_dead_letter() {
            // Its bytes were no message, and which line that was nobody knows.
            Some(letter) => letter.message.unwrap_or_else(|| Line::new(0, None)),
            None => lines.pop().ok_or(Trouble::Idle)?,
        };
        let read = match line.kind {
            Kind::Whole => booking::parse(&line.text),
            Kind::Unreadable => Err(Refused::Unreadable),
            Kind::End => {
                *is_closed = true;
                return Ok(());
            }
        };
        let Booking { debit, credit, cents } = match read {
            Ok(booking) => booking,
            Err(refused) => {
                let mut cause = Cause::EMPTY;
                let _ = write!(cause, "{refused}");
                return dead.push(Dead { line: line.number, crashes: 0, cause }).map_err(|_| Trouble::Full);
            }
        };
        // The booking is of accounts that there are.
        let at = |account| chart::position(account).unwrap_or(CHART);
        accounts.update(at(debit), |account| account.debit += cents).map_err(|_| Trouble::Full)?;
        accounts.update(at(credit), |account| account.credit += cents).map_err(|_| Trouble::Full)?;
        let entry = Entry { cents, line: line.number, debit, credit };
        journal.push(entry).map_err(|_| Trouble::Full)
    }
}

/// The steps of the daemon itself.
impl Ledger {
    /// Does what is next: buries a line that was set aside, if something is known against it, or has a line settled.
    fn step(me: &mut Handle<Self>) -> Outcome {
        let books = me.state();
        let letter = books.lines.dead_letters().next();
        let position = letter.as_ref().map_or_else(|| books.lines.next_position(), |letter| letter.position);
        let Suspect { crashes, cause, .. } = match *books.suspect {
            suspect if suspect.position == position => suspect,
            _ => Suspect { position, crashes: 0, cause: Cause::EMPTY },
        };
        if let Some(line) = letter.and_then(|letter| letter.message)
            && crashes > 0
        {
            let dead = Dead { line: line.number, crashes, cause };
            return Ok(me.update(|s| {
                s.lines.take_dead_letter();
                s.dead.push(dead).map_err(|_| Trouble::Full)
            })?);
        }
        match Self::settle(me) {
            // That somebody killed it says nothing about the line: if it is set aside for that, it is tried again.
            Ok(()) | Err(Failure::Task(Trouble::Idle) | Failure::Killed(_)) => Ok(()),
            Err(failure @ (Failure::Task(_) | Failure::NotStarted(_))) => Err(failure.into()),
            Err(failure) => {
                let mut cause = Cause::EMPTY;
                let _ = write!(cause, "{failure}");
                Ok(me.change(|s| *s.suspect = Suspect { position, crashes: crashes + 1, cause })?)
            }
        }
    }

    /// Writes the books.
    fn write(me: &Handle<Self>, place: &Place) -> Outcome {
        let state = me.state();
        books::write(&place.0.join(JOURNAL), |file| {
            state.journal.iter().try_for_each(|&Entry { cents, line, debit, credit }| {
                books::journal(file, line, Booking { debit, credit, cents })
            })
        })?;
        books::write(&place.0.join(BALANCES), |file| {
            let mut accounts = ACCOUNTS.iter().zip(state.accounts.iter());
            accounts.try_for_each(|(&account, sums)| books::balance(file, account, sums.debit, sums.credit))
        })?;
        books::write(&place.0.join(DEAD_LETTERS), |file| {
            let mut dead = state.dead.iter();
            dead.try_for_each(|dead| books::dead_letter(file, dead.line, dead.crashes, &dead.cause))
        })?;
        Ok(())
    }
}

impl Daemon for Ledger {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let place = Place::of(me)?;
        while !*me.state().is_closed {
            // A line that was set aside is no message any more, and nothing would come to wake up for.
            let letters = me.state().lines.dead_letters().next().is_some();
            if !letters && !me.wait()?.is_running() {
                return Ok(());
            }
            if let Err(error) = Self::step(me) {
                error!("the books cannot be kept: {error}");
                me.shutdown(1);
                return me.wait_for_stop();
            }
        }
        Self::write(me, place)?;
        me.shutdown(0);
        me.wait_for_stop()
    }
}

#[cfg(test)]
mod tests;
