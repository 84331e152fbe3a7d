//! A read-write lock that survives the death of readers and writers.
//!
//! Each reader owns a slot, a robust word of its own, so that the kernel frees it when the reader dies. A writer takes
//! the lock's word and then waits until it has seen every slot without owner. A reader takes a slot and then looks at
//! the word: of a reader and a writer that come at the same time, at least one sees the other. A reader that sees a
//! writer gives its slot back and queues for the word as a writer would; while it has that, it takes a slot in peace.

mod guards;

use super::guarded::{Condition, Guarded, Hold};
use super::platform::{Ordering, fence};
use super::word::{Owned, Wake, Word};
use super::{LockError, Thread, TryLockError};
use crate::state::Plain;
use core::{fmt, mem};
pub use guards::{InconsistentWrite, ReadGuard, WriteGuard};

/// Many readers or one writer, between a daemon, its transactions and their threads.
///
/// At most `READERS` read at a time, and further ones wait until one of them is done; each takes 64 bytes. A dead
/// reader is gone. A dead writer, or one that panicked, leaves the value inconsistent: [`write`](Self::write) gives an
/// [`InconsistentWrite`] to repair it, and until then [`read`](Self::read) is refused.
///
/// Writers come first: a thread that holds a read lock and asks for another may wait for a writer that waits for it.
///
/// ```
/// use perennial::locks::RwLock;
///
/// static RATES: RwLock<[u32; 4]> = RwLock::new([0; 4]);
/// RATES.write().map(|mut rates| rates[2] = 5).expect("nobody died over it");
/// assert_eq!(RATES.read().map(|rates| rates[2]), Ok(5));
/// ```
#[repr(C)]
pub struct RwLock<T, const READERS: usize = 8> {
    inner: Guarded<T>,
    slots: [Word; READERS],
}

/// What came of [`RwLock::write`].
pub type WriteResult<'a, T, const READERS: usize> =
    Result<WriteGuard<'a, T, READERS>, LockError<InconsistentWrite<'a, T, READERS>>>;
/// What came of [`RwLock::try_write`].
pub type TryWriteResult<'a, T, const READERS: usize> =
    Result<WriteGuard<'a, T, READERS>, TryLockError<InconsistentWrite<'a, T, READERS>>>;

impl<T: Plain, const READERS: usize> RwLock<T, READERS> {
    const SOME: () = assert!(READERS > 0, "a lock that nobody can read is a mutex");

    /// A lock that nobody holds.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        let () = Self::SOME;
        Self { inner: Guarded::new(value), slots: [const { Word::new() }; READERS] }
    }

    /// A lock that nobody holds.
    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        let () = Self::SOME;
        Self { inner: Guarded::new(value), slots: core::array::from_fn(|_| Word::new()) }
    }

    /// Waits until nobody writes, and keeps writers out.
    ///
    /// # Errors
    /// [`LockError::Inconsistent`] if a writer died: somebody has to take [`write`](Self::write) and repair the value.
    ///
    /// # Panics
    /// If the calling thread is writing, or holds all of the `READERS` itself.
    #[inline]
    pub fn read(&self) -> Result<ReadGuard<'_, T, READERS>, LockError<()>> {
        match self.try_read() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Inconsistent(())) => Err(LockError::Inconsistent(())),
            Err(TryLockError::Poisoned) => Err(LockError::Poisoned),
            Err(TryLockError::WouldBlock) => self.queue_to_read(),
        }
    }

    #[cold]
    fn queue_to_read(&self) -> Result<ReadGuard<'_, T, READERS>, LockError<()>> {
        self.inner.word.take(None);
        let _owned = Owned(&self.inner.word);
        self.readable().map(|()| {
            let slot = self.free_slot().unwrap_or_else(|| {
                let slot = Self::in_order().find(|&slot| !self.slots[slot].is_mine());
                let slot = slot.unwrap_or_else(|| panic!("a thread waits for itself to read no more"));
                self.slots[slot].take(None);
                slot
            });
            ReadGuard { lock: self, slot, _hold: Hold::new() }
        })
    }

    /// As [`read`](Self::read), without waiting.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if somebody writes or wants to, or if `READERS` read.
    #[inline]
    pub fn try_read(&self) -> Result<ReadGuard<'_, T, READERS>, TryLockError<()>> {
        let slot = self.free_slot().ok_or(TryLockError::WouldBlock)?;
        fence(Ordering::SeqCst);
        let result = if self.inner.word.is_owned() { Err(TryLockError::WouldBlock) } else { Ok(()) };
        match result.and_then(|()| Ok(self.readable()?)) {
            Ok(()) => Ok(ReadGuard { lock: self, slot, _hold: Hold::new() }),
            Err(error) => {
                self.slots[slot].release(Wake::One);
                Err(error)
            }
        }
    }

    /// What to say to a reader that keeps writers out.
    fn readable(&self) -> Result<(), LockError<()>> {
        // SAFETY: the caller has a slot while nobody writes, or owns the word.
        match unsafe { self.inner.examine() } {
            Condition::Clean => Ok(()),
            Condition::Dirty => Err(LockError::Inconsistent(())),
            Condition::Poisoned => Err(LockError::Poisoned),
        }
    }

    /// The slots, in the order in which the calling thread tries them.
    #[inline]
    fn in_order() -> impl Iterator<Item = usize> {
        let first = Thread::current().tid() as usize % READERS;
        (0..READERS).map(move |n| (first + n) % READERS)
    }

    #[inline]
    fn free_slot(&self) -> Option<usize> {
        Self::in_order().find(|&slot| self.slots[slot].try_take())
    }

    /// Waits until nobody reads or writes, and keeps everybody out.
    ///
    /// # Errors
    /// What became of a writer before; see [`LockError`].
    ///
    /// # Panics
    /// If the calling thread is reading or writing.
    pub fn write(&self) -> WriteResult<'_, T, READERS> {
        self.inner.word.take(None);
        let owned = Owned(&self.inner.word);
        fence(Ordering::SeqCst);
        for slot in &self.slots {
            if slot.is_owned() {
                slot.take(None);
                slot.release(Wake::One);
            }
        }
        mem::forget(owned);
        self.enter()
    }

    /// As [`write`](Self::write), without waiting.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if somebody reads or writes, or what became of a writer before.
    pub fn try_write(&self) -> TryWriteResult<'_, T, READERS> {
        if !self.inner.word.try_take() {
            return Err(TryLockError::WouldBlock);
        }
        fence(Ordering::SeqCst);
        if self.slots.iter().any(Word::is_owned) {
            self.inner.word.release(Wake::One);
            return Err(TryLockError::WouldBlock);
        }
        Ok(self.enter()?)
    }

    fn enter(&self) -> WriteResult<'_, T, READERS> {
        // SAFETY: the word is owned, and every reader was waited for.
        match unsafe { self.inner.examine() } {
            Condition::Clean => {
                self.inner.begin_change();
                Ok(WriteGuard { lock: self, hold: Hold::new() })
            }
            Condition::Dirty => {
                Err(LockError::Inconsistent(InconsistentWrite { lock: self, hold: Hold::new() }))
            }
            Condition::Poisoned => {
                self.inner.word.release(Wake::One);
                Err(LockError::Poisoned)
            }
        }
    }

    /// Whether somebody has found the value inconsistent and not repaired it.
    pub fn is_poisoned(&self) -> bool {
        self.inner.condition() == Condition::Poisoned
    }
}

impl<T: Plain + fmt::Debug, const READERS: usize> fmt::Debug for RwLock<T, READERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwLock");
        match self.inner.peek() {
            Some(value) => shown.field("value", &value),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

// SAFETY: as a mutex.
unsafe impl<T: Plain + Send, const READERS: usize> super::Shareable for RwLock<T, READERS> {}
