//! A mutex that survives its owner's death.

use super::guarded::{Condition, Guarded, Hold};
use super::platform::after;
use super::word::Wake;
use super::{LockError, TryLockError};
use crate::state::Plain;
use core::fmt;
use core::mem;
use core::ops::{Deref, DerefMut};
use core::time::Duration;

/// A mutual exclusion lock between a daemon, its transactions and their threads.
///
/// If the owner dies, in whatever way, or panics, the next one to lock is told and gets an [`Inconsistent`]: it
/// repairs the value, or the lock is [`Poisoned`](LockError::Poisoned) for everybody after. A thread that waits for a
/// mutex which it holds itself panics.
///
/// ```
/// use perennial::locks::{LockError, Mutex};
///
/// static COUNT: Mutex<u64> = Mutex::new(0);
/// let mut count = match COUNT.lock() {
///     Ok(count) => count,
///     Err(LockError::Inconsistent(broken)) => broken.repair(0),
///     Err(LockError::Poisoned) => panic!("nobody could repair the count"),
/// };
/// *count += 1;
/// # assert_eq!(*count, 1);
/// ```
#[repr(transparent)]
pub struct Mutex<T> {
    inner: Guarded<T>,
}

/// What came of locking a [`Mutex`].
pub type LockResult<'a, T> = Result<MutexGuard<'a, T>, LockError<Inconsistent<'a, T>>>;
/// What came of trying to.
pub type TryLockResult<'a, T> = Result<MutexGuard<'a, T>, TryLockError<Inconsistent<'a, T>>>;

impl<T: Plain> Mutex<T> {
    /// A mutex that nobody holds.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        Self { inner: Guarded::new(value) }
    }

    /// A mutex that nobody holds.
    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        Self { inner: Guarded::new(value) }
    }

    /// Waits until the mutex is free and takes it.
    ///
    /// # Errors
    /// What became of an owner before; see [`LockError`].
    ///
    /// # Panics
    /// If the calling thread holds it already.
    #[inline]
    pub fn lock(&self) -> LockResult<'_, T> {
        self.inner.word.take(None);
        self.enter()
    }

    /// Takes the mutex if it is free.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if it is not, or what became of an owner before.
    #[inline]
    pub fn try_lock(&self) -> TryLockResult<'_, T> {
        if self.inner.word.try_take() { Ok(self.enter()?) } else { Err(TryLockError::WouldBlock) }
    }

    /// As [`lock`](Self::lock), but waits no longer than `time`.
    ///
    /// ```
    /// use perennial::locks::{Mutex, TryLockError};
    /// use std::time::Duration;
    ///
    /// let mutex = Mutex::new(5_u32);
    /// let guard = mutex.lock().ok();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| {
    ///         let late = mutex.try_lock_for(Duration::from_millis(1));
    ///         assert!(matches!(late, Err(TryLockError::WouldBlock)));
    ///     });
    /// });
    /// # drop(guard);
    /// ```
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when the time is over, or what became of an owner before.
    ///
    /// # Panics
    /// If the calling thread holds it already.
    pub fn try_lock_for(&self, time: Duration) -> TryLockResult<'_, T> {
        if self.inner.word.take(Some(after(time))) {
            Ok(self.enter()?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    #[inline]
    fn enter(&self) -> LockResult<'_, T> {
        // SAFETY: the word is owned.
        match unsafe { self.inner.examine() } {
            Condition::Clean => {
                self.inner.begin_change();
                Ok(MutexGuard { lock: self, hold: Hold::new() })
            }
            Condition::Dirty => Err(LockError::Inconsistent(Inconsistent { lock: self, hold: Hold::new() })),
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

impl<T: Plain + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.inner.peek() {
            Some(value) => shown.field("value", &value),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.field("poisoned", &self.is_poisoned()).finish()
    }
}

/// Holds a [`Mutex`] until it is dropped.
///
/// It belongs to one thread, and must not be used in a child that is forked while it lives.
#[must_use = "the mutex is free again as soon as the guard is dropped"]
pub struct MutexGuard<'a, T: Plain> {
    lock: &'a Mutex<T>,
    hold: Hold,
}

impl<'a, T: Plain> MutexGuard<'a, T> {
    pub(super) fn mutex(&self) -> &'a Mutex<T> {
        self.lock
    }
}

impl<T: Plain> Deref for MutexGuard<'_, T> {
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

impl<T: Plain> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        debug_assert!(
            self.lock.inner.word.is_mine(),
            "a guard is used in a forked child, or its lock is damaged"
        );
        // SAFETY: as above, and the guard is borrowed for writing.
        unsafe { self.lock.inner.value_mut() }
    }
}

impl<T: Plain> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.inner.finish(true, self.hold);
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Holds a [`Mutex`] whose last owner died or panicked. Dropped without repair, it poisons the mutex.
///
/// ```
/// use perennial::locks::{LockError, Mutex};
///
/// let pair = Mutex::new([1_u32, 1]);
/// let died = std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut pair = pair.lock().ok();
///         if let Some(pair) = &mut pair {
///             pair[0] = 2;
///         }
///         panic!("half-way");
///     })
///     .join()
/// });
/// assert!(died.is_err());
/// let Err(LockError::Inconsistent(broken)) = pair.lock() else { panic!("nobody told") };
/// let first = broken.value().map_or(0, |pair| pair[0]);
/// assert_eq!(*broken.repair([first; 2]), [2, 2]);
/// assert!(pair.lock().is_ok());
/// ```
#[must_use = "dropped without repair, it poisons the mutex"]
pub struct Inconsistent<'a, T: Plain> {
    lock: &'a Mutex<T>,
    hold: Hold,
}

impl<'a, T: Plain> Inconsistent<'a, T> {
    /// What the dead owner has left; `None` if it is not even a valid `T`.
    pub fn value(&self) -> Option<&T> {
        // SAFETY: the word is owned.
        unsafe { self.lock.inner.check() }
    }

    /// Gives the mutex a new value.
    pub fn repair(self, value: T) -> MutexGuard<'a, T> {
        // SAFETY: the word is owned.
        unsafe { self.lock.inner.replace(value) };
        self.into_guard()
    }

    /// Says that the value is good as it is.
    ///
    /// # Errors
    /// `self`, if it is not a valid `T`.
    pub fn mark_consistent(self) -> Result<MutexGuard<'a, T>, Self> {
        if self.value().is_some() { Ok(self.into_guard()) } else { Err(self) }
    }

    fn into_guard(self) -> MutexGuard<'a, T> {
        let guard = MutexGuard { lock: self.lock, hold: self.hold };
        mem::forget(self);
        guard
    }
}

impl<T: Plain> Drop for Inconsistent<'_, T> {
    fn drop(&mut self) {
        self.lock.inner.finish(false, self.hold);
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Inconsistent<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inconsistent").field(&self.value()).finish()
    }
}

// SAFETY: all-zero is a free lock with a value of all-zero; a value that a dead owner has left is looked at before it is shown.
unsafe impl<T: Plain + Send> super::Shareable for Mutex<T> {}
