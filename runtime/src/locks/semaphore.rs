//! A semaphore that gets the permits of the dead back.
//!
//! Each permit is a robust word, so that the kernel frees it when its holder dies. Of those who find none, one at a
//! time waits for the words, all at once; the others queue behind it for `gate`, a robust word too. So a wake-up for a
//! permit has one receiver, and if that dies the next in the queue looks for itself.

use super::guarded::Hold;
use super::platform::{MOST, NO_WORD, after, wait};
use super::word::{Owned, Wake, Word};
use core::fmt;
use core::time::Duration;

/// `PERMITS` permits, of which each is held by one at a time: a daemon, one of its transactions, or one of their
/// threads. Those of a dead holder are free again. Each takes 64 bytes.
///
/// ```
/// use perennial::locks::Semaphore;
///
/// static LICENCES: Semaphore<2> = Semaphore::new();
/// let (first, second) = (LICENCES.acquire(), LICENCES.acquire());
/// assert!(LICENCES.try_acquire().is_none());
/// drop(first);
/// assert_eq!(LICENCES.available(), 1);
/// # drop(second);
/// ```
#[repr(C)]
pub struct Semaphore<const PERMITS: usize> {
    gate: Word,
    permits: [Word; PERMITS],
}

impl<const PERMITS: usize> Semaphore<PERMITS> {
    const FITS: () = assert!(PERMITS > 0 && PERMITS <= MOST, "a semaphore has 1 to 128 permits");

    /// One with all of its permits.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        let () = Self::FITS;
        Self { gate: Word::new(), permits: [const { Word::new() }; PERMITS] }
    }

    /// One with all of its permits.
    #[cfg(loom)]
    #[expect(clippy::new_without_default, reason = "as in the constant one")]
    pub fn new() -> Self {
        let () = Self::FITS;
        Self { gate: Word::new(), permits: core::array::from_fn(|_| Word::new()) }
    }

    /// Waits for a permit.
    ///
    /// # Panics
    /// If the calling thread holds 128 locks and permits.
    #[inline]
    pub fn acquire(&self) -> Permit<'_> {
        loop {
            if let Some(permit) = self.try_acquire().or_else(|| self.queue(None)) {
                return permit;
            }
        }
    }

    /// Takes a permit if there is one.
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.permits.iter().find(|word| word.try_take()).map(|word| Permit { word, _hold: Hold::new() })
    }

    /// Waits for a permit, but no longer than `time`.
    pub fn try_acquire_for(&self, time: Duration) -> Option<Permit<'_>> {
        self.try_acquire().or_else(|| self.queue(Some(after(time))))
    }

    #[cold]
    fn queue(&self, deadline: Option<Duration>) -> Option<Permit<'_>> {
        if !self.gate.take(deadline) {
            return None;
        }
        let _gate = Owned(&self.gate);
        self.first_in_queue(deadline)
    }

    fn first_in_queue(&self, deadline: Option<Duration>) -> Option<Permit<'_>> {
        loop {
            let permit = self.try_acquire();
            if permit.is_some() {
                return permit;
            }
            let mut expected = [(NO_WORD, 0); PERMITS];
            let taken = |(slot, word): (&mut _, &Word)| word.until_free().map(|word| *slot = word).is_some();
            if expected.iter_mut().zip(&self.permits).all(taken) && !wait(&expected, deadline) {
                return self.try_acquire();
            }
        }
    }

    /// Permits that nobody holds just now.
    pub fn available(&self) -> usize {
        self.permits.iter().filter(|word| !word.is_owned()).count()
    }
}

#[cfg(not(loom))]
impl<const PERMITS: usize> Default for Semaphore<PERMITS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const PERMITS: usize> fmt::Debug for Semaphore<PERMITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("permits", &PERMITS).field("available", &self.available()).finish()
    }
}

/// A permit, given back when it is dropped. It belongs to one thread, and not to a child that is forked meanwhile.
#[must_use = "the permit is given back as soon as it is dropped"]
pub struct Permit<'a> {
    word: &'a Word,
    _hold: Hold,
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.word.release(Wake::One);
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

// SAFETY: all-zero is one with all of its permits.
unsafe impl<const PERMITS: usize> super::Shareable for Semaphore<PERMITS> {}
