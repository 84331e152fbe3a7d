//! The daemon's side of a flight: launching it, waiting for it, taking its record over.

use super::slots::Slots;
use super::spec::RESULT;
use super::word::{self, Said};
use super::{Spec, children};
use crate::commit::{Header, Overrun, Rejected, verify};
use crate::daemon::{Activity, Core};
use crate::failure::{Budget, Failure};
use crate::fault::{self, Point};
use crate::hot::HOT;
use crate::layout::Answer;
use crate::report::{self, Cause};
use crate::state::Message;
use crate::sys::process::{self, Exit, Fork};
use crate::sys::{Errno, clock, futex, random::random};
use core::sync::atomic::Ordering;
use core::time::Duration;

/// A daemon is late for a deadline by more than this only if it could not run.
const OVERSLEPT: Duration = Duration::from_millis(250);

/// Which side of a launch this is.
pub(super) enum Launch {
    /// The daemon, with the slot of the flight.
    Daemon(usize),
    /// The transaction, with its slot and stamp.
    Transaction(usize, u32),
}

/// How an attempt ended.
pub(super) enum Landing {
    /// It announced this state of its word.
    Announced(u32),
    /// It died without a word.
    Died,
    /// It was given up.
    TimedOut,
}

impl Core {
    /// Forks a flight.
    pub(super) fn launch(&mut self) -> Result<Launch, Errno> {
        let slot = Slots::acquire();
        let stamp = random_stamp()?;
        let control = self.slots.control(slot);
        // SAFETY: the slot is free: its last process was reaped.
        unsafe {
            report::clear(&raw mut (*control).report);
            (*control).refused.store(0, Ordering::Relaxed);
            (*control).result_len.store(0, Ordering::Relaxed);
            (*control).touched.store(0, Ordering::Relaxed);
            (*control).crowded.store(0, Ordering::Relaxed);
        }
        self.slots.word(slot).store(word::FREE, Ordering::Release);
        fault::point(Point::FlightDispatched);
        self.slots.about_to_launch(slot)?;
        children::about_to_launch();
        // SAFETY: a daemon has one thread.
        match unsafe { process::fork() } {
            Ok(Fork::Child) => Ok(Launch::Transaction(slot, stamp)),
            Ok(Fork::Parent(pid)) => {
                children::launched(slot, Some(pid));
                Ok(Launch::Daemon(slot))
            }
            Err(errno) => {
                children::launched(slot, None);
                Err(errno)
            }
        }
    }

    /// Waits for the flight in `slot`. One with a `timeout` comes to an end by itself, so that the daemon is idle
    /// meanwhile; one without may hang, and the daemon with it.
    pub(super) fn land(&mut self, slot: usize, spec: &Spec) -> Landing {
        self.now_doing(Activity::InFlight);
        let timeout = spec.timeout;
        let landing =
            self.wait_for_task(spec.exclusive, timeout.is_some(), |core| core.await_landing(slot, timeout));
        self.now_doing(Activity::Running);
        landing
    }

    /// Waits until the flight in `slot` has announced its result, died, or overrun its `timeout`.
    fn await_landing(&mut self, slot: usize, timeout: Option<Duration>) -> Landing {
        let mut deadline = timeout.map(|timeout| clock::monotonic().saturating_add(timeout));
        let mut excused = false;
        loop {
            let ended = HOT.child_ended.load(Ordering::SeqCst);
            let (now, said) = word::look(self.slots.word(slot), || self.slots.has_ended(slot, ended));
            match said {
                Said::Nothing => {}
                Said::Died => return Landing::Died,
                Said::Announced(state) => return Landing::Announced(state),
            }
            let waiters = [
                futex::Waiter::new(self.slots.word(slot), now),
                futex::Waiter::private(&raw const HOT.child_ended, ended),
            ];
            let _ = futex::wait_any(&waiters, deadline);
            // The clock and not the answer decides: a word that keeps changing must not keep the time away.
            let late = deadline.and_then(|deadline| clock::monotonic().checked_sub(deadline));
            match late {
                // Where the daemon could not run, its transaction could not either: once it gets its time anew.
                Some(late) if late >= OVERSLEPT && !excused => {
                    excused = true;
                    deadline = timeout.map(|timeout| clock::monotonic().saturating_add(timeout));
                }
                Some(_) if self.give_up(slot) => return Landing::TimedOut,
                _ => {}
            }
        }
    }

    /// Gives a flight up: once its word says so it cannot be prepared any more. False if it was announced or
    /// died in the last moment.
    fn give_up(&self, slot: usize) -> bool {
        let given_up = word::give_up(self.slots.word(slot));
        if given_up {
            children::kill(slot);
        }
        given_up
    }

    /// Takes over what a flight prepared: copies its record and verifies the copy, which is in the journal then.
    pub(super) fn take_over<T: Message, E>(
        &self,
        slot: usize,
        spec: &Spec,
    ) -> Result<(T, Header), Failure<E>> {
        if !word::take_over(self.slots.word(slot)) {
            return Err(Failure::Rejected(Rejected::Malformed));
        }
        fault::point(Point::FlightCommitting);
        let value: T = self.result(slot).ok_or(Failure::Rejected(Rejected::Malformed))?;
        // SAFETY: the record area of the slot is readable for the record's size.
        let record = unsafe { self.region.take(self.slots.record(slot)) };
        let record = record.ok_or(Failure::Rejected(Rejected::Malformed))?;
        verify(&self.region, &record, spec.exclusive, |field| self.span(field)).map_err(Failure::Rejected)?;
        fault::point(Point::FlightVerified);
        Ok((value, record))
    }

    /// Shows the record in the journal as work of this process's own, until the log is closed. False if it is not a
    /// record that a log would write.
    pub(super) fn adopt(&mut self, record: &Header) -> bool {
        let stamp = self.next_stamp();
        // SAFETY: the journal is the daemon's alone, its record was verified and is not open; the stamp is fresh.
        unsafe { self.log().adopt(self.region.journal(), stamp, record) }
    }

    /// Commits the record in the journal, together with the answer to `request`.
    pub(super) fn commit_flight<T: Message, E>(
        &mut self,
        mut record: Header,
        spec: &Spec,
        request: Option<u64>,
        value: T,
    ) -> Result<T, Failure<E>> {
        if let Some(id) = request {
            self.keep_answer(&mut record, spec, id, &value).map_err(|_| crate::failure::over_record())?;
        }
        if record.len != 0 {
            self.commit(record).map_err(Failure::Rejected)?;
        }
        fault::point(Point::FlightCommitted);
        Ok(value)
    }

    /// Makes the answer to request `id` part of `record`.
    #[inline(never)]
    fn keep_answer<T: Message>(
        &self,
        record: &mut Header,
        spec: &Spec,
        id: u64,
        value: &T,
    ) -> Result<(), Overrun> {
        let sequence = self.region.header().published.load(Ordering::Relaxed) + 1;
        let mut answer = Answer { task: spec.task, id, sequence, len: T::SIZE as u64, result: [0; 256] };
        value.encode(&mut answer.result[..T::SIZE]);
        self.region.add_answer(record, &answer)
    }

    /// Copies the result out of the slot and decodes the copy.
    pub(super) fn result<T: Message>(&self, slot: usize) -> Option<T> {
        if T::SIZE <= 64 { self.result_within::<T, 64>(slot) } else { self.result_within::<T, RESULT>(slot) }
    }

    #[inline(never)]
    fn result_within<T: Message, const N: usize>(&self, slot: usize) -> Option<T> {
        let control = self.slots.control(slot);
        // SAFETY: the control page is readable, and the result area is longer; one volatile copy, which is all
        // that is looked at.
        let copy: [u8; N] = unsafe { core::ptr::read_volatile((&raw const (*control).result).cast()) };
        T::decode(copy.get(..T::SIZE)?)
    }

    /// Logs what a flight that panicked said, which may be more than its failure can hold.
    pub(super) fn log_panic(&self, slot: usize, task: &str) {
        // SAFETY: the control page is readable.
        unsafe { report::log_panic(task, &raw const (*self.slots.control(slot)).report) };
    }

    /// The same, where it may have panicked or not.
    #[cold]
    pub(super) fn log_panic_if_any(&self, slot: usize, task: &str) {
        // SAFETY: the control page is readable.
        let cause = unsafe { report::read(&raw const (*self.slots.control(slot)).report) };
        if matches!(cause, Cause::Panic(_)) {
            self.log_panic(slot, task);
        }
    }

    /// What a crash or a death without a word was.
    #[cold]
    #[inline(never)]
    pub(super) fn explain<E>(&mut self, slot: usize, announced: bool) -> Failure<E> {
        let control = self.slots.control(slot);
        // SAFETY: the control page is readable.
        let (cause, refused) = unsafe {
            (report::read(&raw const (*control).report), (*control).refused.load(Ordering::Relaxed))
        };
        // It has announced its end, or lies: see to it that the end comes, before another attempt begins. A word
        // can lie; a process that has been killed cannot stay, and one that is dead keeps its status.
        children::kill(slot);
        match cause {
            Cause::Crash(crash) if crash.signal == libc::SIGABRT && refused != 0 => {
                return Failure::OverBudget(Budget::Heap(refused));
            }
            Cause::Crash(crash) => return Failure::Crashed(crash),
            Cause::Panic(panic) if announced => return Failure::Panicked(panic),
            _ => {}
        }
        match children::await_end(slot) {
            (_, true) => Failure::Replaced,
            (Some(Exit::Code(code)), _) => Failure::Exited(code),
            (Some(Exit::Signal(signal)), _) => Failure::Killed(signal),
            (None, _) => Failure::Killed(0),
        }
    }
}

/// A stamp for the index in a slot. It must not be one that an earlier process in the slot could foresee:
/// with forged index words it would lead a later transaction past its own writes. Stamps that happen to come
/// again do no harm, since an index word is only believed if the entry that it leads to fits.
fn random_stamp() -> Result<u32, Errno> {
    Ok(u32::from_ne_bytes(random()?) | 1)
}
