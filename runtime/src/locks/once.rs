//! What is done once for a whole family, even if who does it dies.

use super::platform::{AtomicU32, Data, Ordering};
use super::word::{Owned, Word};
use crate::state::Plain;
use core::fmt;

const DONE: u32 = 1;

/// Runs something once. If who runs it dies or panics, the next one begins anew.
///
/// ```
/// static ONCE: perennial::locks::Once = perennial::locks::Once::new();
/// let mut runs = 0;
/// ONCE.call_once(|| runs += 1);
/// ONCE.call_once(|| runs += 1);
/// assert!(ONCE.is_completed());
/// assert_eq!(runs, 1);
/// ```
#[repr(C)]
pub struct Once {
    word: Word,
    done: AtomicU32,
}

impl Once {
    /// Nothing has run.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { word: Word::new(), done: AtomicU32::new(0) }
    }

    /// Nothing has run.
    #[cfg(loom)]
    #[expect(clippy::new_without_default, reason = "as in the constant one")]
    pub fn new() -> Self {
        Self { word: Word::new(), done: AtomicU32::new(0) }
    }

    /// Runs `f` unless it was run to its end before; waits while somebody else runs it.
    ///
    /// # Panics
    /// If `f` calls it again.
    #[inline]
    pub fn call_once(&self, f: impl FnOnce()) {
        if !self.is_completed() {
            self.run(f);
        }
    }

    #[cold]
    fn run(&self, f: impl FnOnce()) {
        self.word.take(None);
        let _owned = Owned(&self.word);
        if !self.is_completed() {
            f();
            // In a child that `f` has forked the word is not owned, and what the parent does is not done.
            if self.word.is_mine() {
                self.done.store(DONE, Ordering::Release);
            }
        }
    }

    /// Whether it was run to its end.
    #[inline]
    pub fn is_completed(&self) -> bool {
        self.done.load(Ordering::Acquire) == DONE
    }
}

#[cfg(not(loom))]
impl Default for Once {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("completed", &self.is_completed()).finish()
    }
}

/// A value that is made once and never changes.
///
/// ```
/// static LIMIT: perennial::locks::OnceLock<u64> = perennial::locks::OnceLock::new(0);
/// assert_eq!(LIMIT.get(), None);
/// assert_eq!(*LIMIT.get_or_init(|| 7), 7);
/// assert_eq!(LIMIT.set(8), Err(8));
/// ```
#[repr(C)]
pub struct OnceLock<T> {
    once: Once,
    value: Data<T>,
}

// SAFETY: the value is written by one, and read only afterwards.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: as a `T`.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T: Plain> OnceLock<T> {
    /// One without a value; `room` is what lies there until then, and is never seen.
    #[cfg(not(loom))]
    pub const fn new(room: T) -> Self {
        Self { once: Once::new(), value: Data::new(room) }
    }

    /// One without a value; `room` is what lies there until then, and is never seen.
    #[cfg(loom)]
    pub fn new(room: T) -> Self {
        Self { once: Once::new(), value: Data::new(room) }
    }

    /// The value, if there is one.
    ///
    /// # Panics
    /// If a wild store has made it something that is no `T`.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if !self.once.is_completed() {
            return None;
        }
        // SAFETY: complete, and never written again; a plain type is readable as bytes whatever is in there.
        let bytes = unsafe { core::slice::from_raw_parts(self.value.get().cast::<u8>(), size_of::<T>()) };
        Some(T::try_ref_from_bytes(bytes).unwrap_or_else(|_| panic!("the value was damaged")))
    }

    /// The value, made by `f` if there is none; who dies in `f` leaves that to the next.
    ///
    /// # Panics
    /// If `f` asks for the value again, or as [`get`](Self::get).
    #[inline]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        self.once.call_once(|| {
            let value = f();
            // SAFETY: one at a time is here, and nobody reads it yet.
            unsafe { self.value.get_mut().write(value) };
        });
        self.get().expect("it was made, unless in a child that `f` has forked")
    }

    /// Sets the value.
    ///
    /// # Errors
    /// `value`, if there is one already.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut refused = true;
        self.get_or_init(|| {
            refused = false;
            value
        });
        if refused { Err(value) } else { Ok(()) }
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceLock").field(&self.get()).finish()
    }
}

// SAFETY: all-zero is one that has not run.
unsafe impl super::Shareable for Once {}
// SAFETY: all-zero is one without a value.
unsafe impl<T: Plain + Send + Sync> super::Shareable for OnceLock<T> {}
