//! A change in a process of its own, which may crash: what a transaction is, without a tree.

use super::Scratch;
use crate::collections::Text;
use crate::commit::{RECORD_HEADER, Rejected, Span, verify};
use crate::daemon::{Error, check};
use crate::failure::{Budget, Crash, Failure, Panic, over_record};
use crate::layout::PAGE;
use crate::state::{FieldSet, Message, Role, State, freed};
use crate::sys::process::{self, Fork};
use core::any::Any;
use core::num::NonZeroUsize;
use core::panic::AssertUnwindSafe;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use std::panic::catch_unwind;

/// How long [`Scratch::forked`] waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a result, as in a transaction's slot.
const RESULT: usize = 2048;
/// Where the record begins in what both processes share: behind a word and the result.
const RECORD_AT: usize = PAGE;

// How the child's change ended.
const DONE: u32 = 1;
const FAILED: u32 = 2;
const PANICKED: u32 = 3;
const OVERRUN: u32 = 4;
const INVALID: u32 = 5;
const TOO_LONG: u32 = 6;

impl<S: State> Scratch<S> {
    /// As [`update`](Self::update), but in a child process, as a transaction would: what it does takes effect if it
    /// returns `Ok`, and nothing of it if it returns an error, panics, crashes, calls `exit`, or has not ended after a
    /// minute, when it is killed. The state is that of this process afterwards; anything else that the change did stays
    /// in the child.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// #[daemon(mem = "64KiB")]
    /// struct Counter { count: u64 }
    ///
    /// impl Counter {
    ///     #[transaction]
    ///     fn divide(count: &mut u64, by: u64) -> Result<u64, ()> {
    ///         if by == 0 {
    ///             std::process::abort(); // as a C library would
    ///         }
    ///         *count = 100 / by;
    ///         Ok(*count)
    ///     }
    /// }
    ///
    /// let mut counter = Scratch::<Counter>::new();
    /// assert_eq!(counter.forked(|s| Counter::divide_inline(s.count, 4)), Ok(25));
    /// let crashed = counter.forked(|s| Counter::divide_inline(s.count, 0));
    /// assert!(matches!(crashed, Err(Failure::Crashed(crash)) if crash.signal == 6), "SIGABRT: {crashed:?}");
    /// assert_eq!(*counter.state().count, 25);
    /// ```
    ///
    /// # Errors
    /// As a transaction's call. Of a crash only the signal is known, of a panic what it said.
    pub fn forked<T: Message, E: Message>(
        &mut self,
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
    ) -> Result<T, Failure<E>> {
        self.forked_within(PATIENCE, change)
    }

    /// The same, with a time of one's own.
    ///
    /// # Errors
    /// As [`forked`](Self::forked).
    pub fn forked_within<T: Message, E: Message>(
        &mut self,
        timeout: Duration,
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
    ) -> Result<T, Failure<E>> {
        let shared = Shared::new(RECORD_AT + self.region.layout().record).map_err(Failure::NotStarted)?;
        let parent = std::process::id() as i32;
        // SAFETY: of a process with more threads the child has this one alone. libc makes its allocator usable there;
        // what else it may find locked by a thread that it lacks, it can wait for no longer than `timeout`.
        match unsafe { process::fork() }.map_err(Failure::NotStarted)? {
            Fork::Child => self.fly(&shared, parent, change),
            Fork::Parent(pid) => self.land(&shared, Pid::from_raw(pid), timeout),
        }
    }

    fn fly<T: Message, E: Message>(
        &mut self,
        shared: &Shared,
        parent: i32,
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
    ) -> ! {
        let _ = process::die_with_parent(parent);
        // A test that crashes on purpose leaves no image of itself.
        let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
        // SAFETY: the log lives as long as `self`.
        let log = unsafe { self.log.as_ref() };
        self.stamp += 1;
        // SAFETY: no change is under way, since `self` is borrowed mutably.
        unsafe { self.region.open(log, self.stamp) };
        S::begin(&mut self.cells);
        let outcome = catch_unwind(AssertUnwindSafe(|| change(S::lend(&mut self.cells))));
        let ended = match outcome {
            Err(payload) => {
                shared.put(&said(&*payload));
                // Dropping it could run code of the user's.
                core::mem::forget(payload);
                PANICKED
            }
            Ok(_) if log.overrun() => OVERRUN,
            Ok(Err(error)) => {
                if shared.put(&error) {
                    FAILED
                } else {
                    TOO_LONG
                }
            }
            Ok(Ok(value)) => self.prepare(shared, &value),
        };
        shared.word().store(ended, Ordering::Release);
        process::exit(0)
    }

    /// Leaves what the change wrote in the shared memory.
    fn prepare<T: Message>(&mut self, shared: &Shared, value: &T) -> u32 {
        // SAFETY: the log lives as long as `self`.
        let log = unsafe { self.log.as_ref() };
        if S::gather(&mut self.cells, FieldSet::ALL).is_err() {
            return OVERRUN;
        }
        if S::VALIDATES
            && !log.is_empty()
            && let Err(why) = check::<S>(&self.cells)
        {
            shared.put(why.text());
            return INVALID;
        }
        if log.hand_over().is_err() {
            return OVERRUN;
        }
        let len = RECORD_HEADER + log.len();
        // SAFETY: journal and shared memory hold a record of `layout.record` bytes each.
        unsafe { core::ptr::copy_nonoverlapping(self.region.journal().record, shared.at(RECORD_AT), len) };
        if shared.put(value) { DONE } else { TOO_LONG }
    }

    fn land<T: Message, E: Message>(
        &mut self,
        shared: &Shared,
        child: Pid,
        timeout: Duration,
    ) -> Result<T, Failure<E>> {
        let deadline = crate::sys::clock::monotonic().saturating_add(timeout);
        let in_time = process::await_strangers_end(child.as_raw(), deadline);
        if !in_time {
            let _ = kill(child, Signal::SIGKILL);
        }
        let status = loop {
            match waitpid(child, None) {
                Err(Errno::EINTR) => {}
                other => break other.map_err(Failure::NotStarted)?,
            }
        };
        let malformed = Failure::Rejected(Rejected::Malformed);
        match (status, shared.word().load(Ordering::Acquire)) {
            _ if !in_time => Err(Failure::TimedOut(timeout)),
            (WaitStatus::Signaled(_, signal, _), _) => Err(ended_by(signal)),
            (WaitStatus::Exited(_, 0), DONE) => {
                let value = shared.get::<T>().ok_or(malformed)?;
                self.take_over(shared)?;
                Ok(value)
            }
            (WaitStatus::Exited(_, 0), FAILED) => Err(shared.get::<E>().map_or(malformed, Failure::Task)),
            (WaitStatus::Exited(_, 0), PANICKED) => {
                let message = shared.get::<Text<76>>().unwrap_or_default();
                Err(Failure::Panicked(Panic { message, place: Text::truncated("a process of its own") }))
            }
            (WaitStatus::Exited(_, 0), OVERRUN) => Err(over_record()),
            (WaitStatus::Exited(_, 0), TOO_LONG) => Err(Failure::OverBudget(Budget::Result)),
            (WaitStatus::Exited(_, 0), INVALID) => {
                Err(shared.get::<Text<112>>().map_or(malformed, |why| Failure::Invalid(Error::from(why))))
            }
            (WaitStatus::Exited(_, code), _) => Err(Failure::Exited(code)),
            _ => Err(malformed),
        }
    }

    /// Commits what the child has left, of which nothing is believed: it may have crashed in any way before it ended.
    fn take_over<E>(&mut self, shared: &Shared) -> Result<(), Failure<E>> {
        // SAFETY: page-aligned, and as long as a record; the child has ended.
        let record = unsafe { self.region.take(shared.at(RECORD_AT)) };
        let record = record.ok_or(Failure::Rejected(Rejected::Malformed))?;
        verify(&self.region, &record, FieldSet::ALL, |field| self.span(field)).map_err(Failure::Rejected)?;
        if record.len != 0 {
            self.region.commit(record).map_err(Failure::Rejected)?;
        }
        S::begin(&mut self.cells);
        Ok(())
    }

    /// Where ring end `field` may stand after a change.
    fn span(&self, field: usize) -> Option<Span> {
        let end = S::FIELDS.get(field)?.ring()?;
        let own = self.region.header().positions[field].load(Ordering::Relaxed);
        let peers = &self.peers[field];
        let most = match end.role {
            Role::Producer => freed(own, peers).saturating_add(end.capacity as u64),
            Role::Consumer | Role::LiveReader => peers.first()?.position(),
            Role::Live => return None,
        };
        Some(Span { own, most })
    }
}

fn ended_by<E>(signal: Signal) -> Failure<E> {
    use Signal::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
    let crash = Crash { signal: signal as i32, code: 0, address: 0, instruction: 0, stack: 0 };
    match signal {
        SIGABRT | SIGBUS | SIGFPE | SIGILL | SIGSEGV | SIGSYS | SIGTRAP => Failure::Crashed(crash),
        _ => Failure::Killed(signal as i32),
    }
}

/// What a panic said.
fn said(payload: &(dyn Any + Send)) -> Text<76> {
    let text = payload.downcast_ref::<&str>().copied();
    Text::truncated(text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default())
}

/// Memory that parent and child share: how it ended, the result, the record.
struct Shared {
    start: NonNull<u8>,
    len: NonZeroUsize,
}

impl Shared {
    fn new(len: usize) -> Result<Self, Errno> {
        let len = NonZeroUsize::new(len.next_multiple_of(PAGE)).ok_or(Errno::EINVAL)?;
        let (access, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
        // SAFETY: a new mapping, where the kernel finds room.
        let start = unsafe { mmap_anonymous(None, len, access, flags) }?;
        Ok(Self { start: start.cast(), len })
    }

    fn at(&self, offset: usize) -> *mut u8 {
        self.start.as_ptr().wrapping_add(offset)
    }

    fn word(&self) -> &AtomicU32 {
        // SAFETY: the mapping begins with it, is zero at first, and lives as long as `self`.
        unsafe { &*self.start.as_ptr().cast() }
    }

    /// Leaves the result; false if it is too long.
    fn put<T: Message>(&self, value: &T) -> bool {
        // SAFETY: inside the first page, which only the child uses while it lives.
        let room = unsafe { core::slice::from_raw_parts_mut(self.at(PAGE - RESULT), RESULT) };
        room.get_mut(..T::SIZE).map(|out| value.encode(out)).is_some()
    }

    fn get<T: Message>(&self) -> Option<T> {
        // SAFETY: as above; the child has ended.
        let room = unsafe { core::slice::from_raw_parts(self.at(PAGE - RESULT).cast_const(), RESULT) };
        T::decode(room.get(..T::SIZE)?)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: mapped in `new`, and used by nobody any more.
        let _ = unsafe { munmap(self.start.cast(), self.len.get()) };
    }
}
