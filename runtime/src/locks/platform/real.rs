//! Atomics of the processor and futexes of the kernel.

pub use super::thread::Thread;
use crate::sys::{Errno, clock, futex};
use core::cell::UnsafeCell;
pub use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, compiler_fence, fence};
use core::time::Duration;

/// What a lock guards.
#[repr(transparent)]
pub struct Data<T>(UnsafeCell<T>);

impl<T> Data<T> {
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// For reading.
    pub fn get(&self) -> *const T {
        self.0.get()
    }

    /// For writing.
    pub fn get_mut(&self) -> *mut T {
        self.0.get()
    }
}

/// Room behind a word for the node of the robust list.
#[repr(transparent)]
pub struct Links(UnsafeCell<[u64; 7]>);

impl Links {
    pub const fn new() -> Self {
        Self(UnsafeCell::new([0; 7]))
    }
}

/// A word that can be waited for, and the value that it is expected to have.
pub type Expected = (*const AtomicU32, u32);

/// The half of a lock's word that the kernel looks at: the lower one, and so the first (little-endian).
pub fn low(word: &AtomicU64) -> *const AtomicU32 {
    word.as_ptr().cast_const().cast()
}

/// A word of 32 bits as it is.
pub fn whole(word: &AtomicU32) -> *const AtomicU32 {
    word
}

/// Stands for no word.
pub const NO_WORD: *const AtomicU32 = core::ptr::null();

/// Most words that [`wait`] takes.
pub const MOST: usize = futex::MOST;

/// Waits until one of the words is woken or is not what it was expected to be, or the deadline has passed; the words
/// are looked at in order, and a wake-up counts from then on. Returns whether there still was time.
pub fn wait(expected: &[Expected], deadline: Option<Duration>) -> bool {
    let result = if let [(word, value)] = *expected {
        // SAFETY: callers pass words of a lock that they borrow.
        futex::wait(unsafe { &*word }, value, deadline)
    } else {
        let mut waiters = [futex::Waiter::new(NO_WORD, 0); MOST];
        for (waiter, &(word, value)) in waiters.iter_mut().zip(expected) {
            *waiter = futex::Waiter::new(word, value);
        }
        let all = waiters.get(..expected.len()).unwrap_or_default();
        futex::wait_any(all, deadline).map(|_| ())
    };
    result != Err(Errno::ETIMEDOUT)
}

/// Wakes at most `count` who wait for the word; returns how many there were, `None` if the kernel has refused.
pub fn wake(word: *const AtomicU32, count: i32) -> Option<usize> {
    futex::wake_some(word, count)
}

/// The deadline that lies `time` ahead.
pub fn after(time: Duration) -> Duration {
    clock::monotonic().saturating_add(time)
}
