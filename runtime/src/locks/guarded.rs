//! A value that one owner at a time may change, and whether it can be trusted: what mutex and read-write lock share.

use super::platform::{AtomicU32, Data, Ordering, compiler_fence};
use super::word::{Wake, Word};
use crate::state::Plain;
use core::marker::PhantomData;

/// The value is as an owner has left it on purpose.
const CLEAN: u32 = 0;
/// An owner is changing it, or has died over it.
const DIRTY: u32 = 1;
/// It was found dirty, and not repaired.
const POISONED: u32 = 2;

/// How the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Clean,
    Dirty,
    Poisoned,
}

/// The holding of a lock, by the thread that made it.
#[derive(Clone, Copy)]
pub struct Hold {
    /// Whether the thread was panicking already.
    unwinding: bool,
    stays: PhantomData<*const ()>,
}

impl Hold {
    #[inline]
    pub fn new() -> Self {
        Self { unwinding: std::thread::panicking(), stays: PhantomData }
    }
}

/// A word, a value, and what has become of that.
#[repr(C)]
pub struct Guarded<T> {
    pub word: Word,
    condition: AtomicU32,
    value: Data<T>,
}

// SAFETY: the value is reached only by who owns the word, or is kept by the lock above from who does.
unsafe impl<T: Send> Sync for Guarded<T> {}
// SAFETY: as a `T`.
unsafe impl<T: Send> Send for Guarded<T> {}

impl<T: Plain> Guarded<T> {
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        Self { word: Word::new(), condition: AtomicU32::new(CLEAN), value: Data::new(value) }
    }

    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        Self { word: Word::new(), condition: AtomicU32::new(CLEAN), value: Data::new(value) }
    }

    #[inline]
    pub fn condition(&self) -> Condition {
        match self.condition.load(Ordering::Acquire) {
            CLEAN => Condition::Clean,
            DIRTY => Condition::Dirty,
            _ => Condition::Poisoned,
        }
    }

    /// The same, for whom nobody changes the value meanwhile: one that is no `T` has been damaged, and is not clean.
    ///
    /// # Safety
    /// Nobody changes the value meanwhile.
    #[inline]
    pub unsafe fn examine(&self) -> Condition {
        let condition = self.condition();
        // SAFETY: the caller's contract.
        if condition == Condition::Clean && unsafe { self.check() }.is_none() {
            Condition::Dirty
        } else {
            condition
        }
    }

    /// The owner is going to change the value. What it stores from here on comes after this, whenever it dies: a death
    /// is between two instructions of one thread, so what matters is their order, not when others see them.
    #[inline]
    pub fn begin_change(&self) {
        self.condition.store(DIRTY, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }

    /// The owner is done: gives the word back, with the value as it is told. If the thread has begun to panic since
    /// `hold`, the value stays dirty, as after a death.
    #[inline]
    pub fn finish(&self, repaired: bool, hold: Hold) {
        self.word.release_after(Wake::One, || {
            if hold.unwinding || !std::thread::panicking() {
                compiler_fence(Ordering::SeqCst);
                self.condition.store(if repaired { CLEAN } else { POISONED }, Ordering::Release);
            }
        });
    }

    /// The value, for who may read it.
    ///
    /// # Safety
    /// Nobody may change it meanwhile, and it must be a valid `T`.
    #[inline]
    pub unsafe fn value(&self) -> &T {
        // SAFETY: the caller's contract.
        unsafe { &*self.value.get() }
    }

    /// The value, for who may change it.
    ///
    /// # Safety
    /// The caller owns the word, and the value is a valid `T`.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the word says whose it is")]
    pub unsafe fn value_mut(&self) -> &mut T {
        // SAFETY: the caller's contract.
        unsafe { &mut *self.value.get_mut() }
    }

    /// The value of a dead owner, which may be anything; `None` if it is not even a `T`.
    ///
    /// # Safety
    /// Nobody changes the value meanwhile.
    #[inline]
    pub unsafe fn check(&self) -> Option<&T> {
        // SAFETY: a plain type has no padding and no cells: it is readable as bytes whatever is in there.
        let bytes = unsafe { core::slice::from_raw_parts(self.value.get().cast::<u8>(), size_of::<T>()) };
        T::try_ref_from_bytes(bytes).ok()
    }

    /// Writes the whole value.
    ///
    /// # Safety
    /// The caller owns the word, and nobody else has the value.
    pub unsafe fn replace(&self, value: T) {
        // SAFETY: the caller's contract.
        unsafe { self.value.get_mut().write(value) };
    }

    /// A copy of the value where nobody owns it and it can be trusted; for printing.
    pub fn peek(&self) -> Option<T> {
        if !self.word.try_take() {
            return None;
        }
        // SAFETY: the word is owned.
        let value = unsafe { (self.examine() == Condition::Clean).then(|| *self.value()) };
        self.word.release(Wake::One);
        value
    }
}
