//! The call of a transaction: attempts until one commits, fails for good, or there are no more.

use super::parent::{Landing, Launch};
use super::{Spec, children, word};
use crate::collections::Text;
use crate::commit::{Header, Rejected};
use crate::daemon::{Handle, check};
use crate::failure::{Budget, Crash, Failure, over_record, signal_name};
use crate::state::{Attempt, FieldSet, Message, State};
use crate::sys::{clock, schedule};
use core::time::Duration;

impl<S: State> Handle<S> {
    /// Runs `task` in a process of its own and commits what it did; the macro's glue calls this.
    ///
    /// # Errors
    /// [`Failure`]; nothing of the task's work is kept.
    pub fn transact<T, E, F>(&mut self, spec: &Spec, request: Option<u64>, task: F) -> Result<T, Failure<E>>
    where
        T: Message,
        E: Message,
        F: FnOnce(S::Mut<'_>) -> Result<T, E>,
    {
        if let Some(answer) = request.and_then(|id| self.core.region.answer(spec.task, id)) {
            return T::decode(&answer.result[..T::SIZE]).ok_or(Failure::Rejected(Rejected::Malformed));
        }
        let mut attempt = 0;
        let mut untold = None;
        loop {
            let noted = self.core.note_attempt(spec.exclusive);
            let spent = self.core.spent(noted);
            if spent != FieldSet::NONE {
                // There was no room to set it aside when it failed last: it is not run again.
                match self.count_attempt(spent) {
                    Attempt::SetAside => continue,
                    _ => return Err(Failure::DeadLettersFull),
                }
            }
            let slot = match self.core.launch() {
                Ok(Launch::Transaction(slot, stamp)) => self.fly(slot, stamp, spec.exclusive, task),
                Ok(Launch::Daemon(slot)) => slot,
                Err(errno) => {
                    tell(spec.name, untold);
                    self.core.end_attempt();
                    return Err(Failure::NotStarted(errno));
                }
            };
            // The next attempt is under way: it need not wait for the log, nor with one processor for this process.
            if let Some(crashed) = untold.take() {
                schedule::let_others_run();
                tell(spec.name, Some(crashed));
            }
            let landed = self.land(slot, spec, request);
            children::dismiss(slot, || self.core.slots.some_ended());
            let failure = match landed {
                Ok(value) => {
                    S::begin(&mut self.cells);
                    self.core.end_attempt();
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            // A task that ended well says itself which messages it looked at; any other may have looked at all.
            let handled = match failure {
                // What there is no room for is nothing that the message has done.
                _ if self.core.slots.is_crowded(slot) => FieldSet::NONE,
                Failure::Task(_) | Failure::Invalid(_) => {
                    FieldSet::from_bits(noted.bits() & self.core.slots.touched(slot))
                }
                _ => noted,
            };
            untold = self.after_failure(spec, handled, failure, attempt)?;
            // What is left of it is not to be taken down before the next attempt has begun.
            children::step_aside(slot);
            attempt += 1;
        }
    }

    /// Counts a failed attempt; says with what the call fails, or, after the backoff, that it may go on, and what
    /// is then to be logged.
    #[cold]
    #[inline(never)]
    fn after_failure<E>(
        &mut self,
        spec: &Spec,
        handled: FieldSet,
        failure: Failure<E>,
        attempt: u32,
    ) -> Result<Option<Crashed>, Failure<E>> {
        let counted = self.count_attempt(handled);
        let again = failure.is_crash()
            && attempt < spec.retries
            && !self.core.stopping()
            && matches!(counted, Attempt::Ignored | Attempt::Counted);
        let crashed = Crashed::of(&failure);
        if again && spec.backoff == Duration::ZERO {
            return Ok(crashed);
        }
        tell(spec.name, crashed);
        match counted {
            Attempt::SetAside => {
                log::warn!("{}: a message was set aside after its last attempt", spec.name);
                return Err(failure);
            }
            Attempt::NoRoom => {
                log::error!(
                    "{}: no room for another dead letter: the ring stands still until one is taken",
                    spec.name
                );
                return Err(Failure::DeadLettersFull);
            }
            Attempt::Ignored | Attempt::Counted => {}
        }
        if !again {
            return Err(failure);
        }
        let time = spec.backoff.saturating_mul(1 << attempt.min(16));
        self.core.pause(Some(clock::monotonic().saturating_add(time)));
        Ok(None)
    }

    /// Has the user's check look at what the record in the journal will lead to. The transaction has had it look
    /// already, but one whose memory was damaged may hand over what it never looked at.
    #[inline(never)]
    fn validate_record<E>(&mut self, record: &Header) -> Result<(), Failure<E>> {
        let verdict = if self.core.adopt(record) {
            S::begin(&mut self.cells);
            S::adopt(&mut self.cells);
            check::<S>(&self.cells).map_err(Failure::Invalid)
        } else {
            Err(Failure::Rejected(Rejected::Malformed))
        };
        self.core.log().close();
        S::begin(&mut self.cells);
        verdict
    }

    fn commit_prepared<T: Message, E: Message>(
        &mut self,
        slot: usize,
        spec: &Spec,
        request: Option<u64>,
    ) -> Result<T, Failure<E>> {
        let (value, record) = self.core.take_over(slot, spec)?;
        if S::VALIDATES && record.len != 0 {
            self.validate_record(&record)?;
        }
        self.core.commit_flight(record, spec, request, value)
    }

    // Not inlined, like everything that needs room on the stack: the fork's caller is to need little, for what
    // both sides store to after a fork is copied, page by page.
    #[inline(never)]
    fn land<T: Message, E: Message>(
        &mut self,
        slot: usize,
        spec: &Spec,
        request: Option<u64>,
    ) -> Result<T, Failure<E>> {
        let landed = match self.core.land(slot, spec) {
            Landing::TimedOut => Err(Failure::TimedOut(spec.timeout.unwrap_or_default())),
            Landing::Died => Err(self.core.explain(slot, false)),
            Landing::Announced(word::PREPARED) => self.commit_prepared(slot, spec, request),
            Landing::Announced(word::INVALID) => {
                self.core.log_panic_if_any(slot, spec.name);
                Err(self
                    .core
                    .result::<Text<112>>(slot)
                    .map_or(Failure::Rejected(Rejected::Malformed), |why| Failure::Invalid(why.into())))
            }
            Landing::Announced(word::FAILED) => {
                Err(self.core.result::<E>(slot).map_or(Failure::Rejected(Rejected::Malformed), Failure::Task))
            }
            Landing::Announced(word::OVERRUN) => Err(over_record()),
            Landing::Announced(word::PANICKED) => {
                self.core.log_panic(slot, spec.name);
                Err(self.core.explain(slot, true))
            }
            Landing::Announced(word::CRASHED) => Err(self.core.explain(slot, true)),
            Landing::Announced(_) => Err(Failure::Rejected(Rejected::Malformed)),
        };
        if let Err(Failure::Rejected(_)) = landed {
            // What it said cannot be believed, so neither can it that it has come to its end.
            children::kill(slot);
        }
        landed
    }
}

/// A crash, or a budget that was exceeded, without the task's error type, which need not be printable.
#[derive(Clone, Copy)]
enum Crashed {
    By(Crash),
    Killed(i32),
    Exited(i32),
    Replaced,
    TimedOut(Duration),
    OverBudget(Budget),
}

impl Crashed {
    fn of<E>(failure: &Failure<E>) -> Option<Self> {
        Some(match *failure {
            Failure::Crashed(crash) => Self::By(crash),
            Failure::Killed(signal) => Self::Killed(signal),
            Failure::Exited(code) => Self::Exited(code),
            Failure::Replaced => Self::Replaced,
            Failure::TimedOut(after) => Self::TimedOut(after),
            Failure::OverBudget(budget) => Self::OverBudget(budget),
            _ => return None,
        })
    }
}

/// Logs how an attempt of `task` ended, if it did not come to an end of its own or went over its budget.
#[inline]
fn tell(task: &str, crashed: Option<Crashed>) {
    #[cold]
    #[inline(never)]
    fn say(task: &str, crashed: Crashed) {
        match crashed {
            Crashed::By(crash) => log::warn!("{task}: crashed: {crash}"),
            Crashed::Killed(signal) => log::warn!("{task}: killed by {}", signal_name(signal)),
            Crashed::Exited(code) => log::warn!("{task}: called exit({code})"),
            Crashed::Replaced => log::warn!("{task}: called exec"),
            Crashed::TimedOut(after) => log::warn!("{task}: did not end within {after:?}"),
            Crashed::OverBudget(budget) => log::warn!("{task}: {}", Failure::<&str>::OverBudget(budget)),
        }
    }
    if let Some(crashed) = crashed {
        say(task, crashed);
    }
}
