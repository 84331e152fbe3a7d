//! What holds a read-write lock.

use super::RwLock;
use crate::locks::guarded::Hold;
use crate::locks::word::Wake;
use crate::state::Plain;
use core::fmt;
use core::mem;
use core::ops::{Deref, DerefMut};

/// Keeps writers out until it is dropped.
#[must_use = "writers may come as soon as the guard is dropped"]
pub struct ReadGuard<'a, T: Plain, const READERS: usize = 8> {
    pub(super) lock: &'a RwLock<T, READERS>,
    pub(super) slot: usize,
    pub(super) _hold: Hold,
}

impl<T: Plain, const READERS: usize> Deref for ReadGuard<'_, T, READERS> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        debug_assert!(
            self.lock.slots[self.slot].is_mine(),
            "a guard is used in a forked child, or its lock is damaged"
        );
        // SAFETY: while the slot is owned nobody writes, and the value was found clean.
        unsafe { self.lock.inner.value() }
    }
}

impl<T: Plain, const READERS: usize> Drop for ReadGuard<'_, T, READERS> {
    #[inline]
    fn drop(&mut self) {
        self.lock.slots[self.slot].release(Wake::One);
    }
}

impl<T: Plain + PartialEq, const READERS: usize> PartialEq for ReadGuard<'_, T, READERS> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Plain + fmt::Debug, const READERS: usize> fmt::Debug for ReadGuard<'_, T, READERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Keeps everybody out until it is dropped.
#[must_use = "others may come as soon as the guard is dropped"]
pub struct WriteGuard<'a, T: Plain, const READERS: usize = 8> {
    pub(super) lock: &'a RwLock<T, READERS>,
    pub(super) hold: Hold,
}

impl<T: Plain, const READERS: usize> Deref for WriteGuard<'_, T, READERS> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        debug_assert!(
            self.lock.inner.word.is_mine(),
            "a guard is used in a forked child, or its lock is damaged"
        );
        // SAFETY: the guard's thread owns the word, and a value is valid when a guard is made.
        unsafe { self.lock.inner.value() }
    }
}

impl<T: Plain, const READERS: usize> DerefMut for WriteGuard<'_, T, READERS> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        debug_assert!(
            self.lock.inner.word.is_mine(),
            "a guard is used in a forked child, or its lock is damaged"
        );
        // SAFETY: as above; every reader was waited for, and the guard is borrowed for writing.
        unsafe { self.lock.inner.value_mut() }
    }
}

impl<T: Plain, const READERS: usize> Drop for WriteGuard<'_, T, READERS> {
    #[inline]
    fn drop(&mut self) {
        self.lock.inner.finish(true, self.hold);
    }
}

impl<T: Plain + fmt::Debug, const READERS: usize> fmt::Debug for WriteGuard<'_, T, READERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Holds a [`RwLock`] whose last writer died or panicked. Dropped without repair, it poisons the lock.
#[must_use = "dropped without repair, it poisons the lock"]
pub struct InconsistentWrite<'a, T: Plain, const READERS: usize = 8> {
    pub(super) lock: &'a RwLock<T, READERS>,
    pub(super) hold: Hold,
}

impl<'a, T: Plain, const READERS: usize> InconsistentWrite<'a, T, READERS> {
    /// What the dead writer has left; `None` if it is not even a valid `T`.
    pub fn value(&self) -> Option<&T> {
        // SAFETY: the word is owned, and nobody reads.
        unsafe { self.lock.inner.check() }
    }

    /// Gives the lock a new value.
    pub fn repair(self, value: T) -> WriteGuard<'a, T, READERS> {
        // SAFETY: the word is owned, and nobody reads.
        unsafe { self.lock.inner.replace(value) };
        self.into_guard()
    }

    /// Says that the value is good as it is.
    ///
    /// # Errors
    /// `self`, if it is not a valid `T`.
    pub fn mark_consistent(self) -> Result<WriteGuard<'a, T, READERS>, Self> {
        if self.value().is_some() { Ok(self.into_guard()) } else { Err(self) }
    }

    fn into_guard(self) -> WriteGuard<'a, T, READERS> {
        let guard = WriteGuard { lock: self.lock, hold: self.hold };
        mem::forget(self);
        guard
    }
}

impl<T: Plain, const READERS: usize> Drop for InconsistentWrite<'_, T, READERS> {
    fn drop(&mut self) {
        self.lock.inner.finish(false, self.hold);
    }
}

impl<T: Plain + fmt::Debug, const READERS: usize> fmt::Debug for InconsistentWrite<'_, T, READERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InconsistentWrite").field(&self.value()).finish()
    }
}
