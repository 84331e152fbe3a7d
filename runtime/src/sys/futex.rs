//! Futexes on words in shared memory.

use super::{Errno, check, clock};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

/// Most words that [`wait_any`] takes.
pub const MOST: usize = 128;

/// A word and the value it is expected to have; waiting ends when it has another, or is woken.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Waiter {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

impl Waiter {
    const SIZE_U32: u32 = 2;
    /// `FUTEX2_PRIVATE`: nobody outside of the process waits on the word or wakes it.
    const PRIVATE: u32 = 128;

    /// Waits while `word` is `value`.
    pub fn new(word: *const AtomicU32, value: u32) -> Self {
        Self { value: u64::from(value), address: word as u64, flags: Self::SIZE_U32, reserved: 0 }
    }

    /// The same for a word that only this process uses: the kernel need not look up which memory it is.
    pub fn private(word: *const AtomicU32, value: u32) -> Self {
        Self { flags: Self::SIZE_U32 | Self::PRIVATE, ..Self::new(word, value) }
    }
}

/// Words to wait on, up to [`MOST`]. In place, and only as far as they are used: most sleepers have two.
pub struct Waiters {
    list: [MaybeUninit<Waiter>; MOST],
    count: usize,
}

impl Waiters {
    /// No word yet.
    pub fn none() -> Self {
        Self { list: [const { MaybeUninit::uninit() }; MOST], count: 0 }
    }

    /// One word.
    pub fn one(first: Waiter) -> Self {
        let mut this = Self::none();
        this.add(first);
        this
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.count
    }

    /// One more, unless there are as many already as the kernel takes.
    pub fn add(&mut self, waiter: Waiter) {
        if let Some(place) = self.list.get_mut(self.count) {
            place.write(waiter);
            self.count += 1;
        }
    }

    /// One more, that waits while `word` is what it is now.
    pub fn watch(&mut self, word: &AtomicU32) {
        self.add(Waiter::new(word, word.load(Ordering::SeqCst)));
    }

    /// As [`wait_any`].
    ///
    /// # Errors
    /// As there.
    pub fn wait(&self, deadline: Option<Duration>) -> Result<usize, Errno> {
        // SAFETY: the first `count` were written by `add`.
        let waiters = unsafe { core::slice::from_raw_parts(self.list.as_ptr().cast::<Waiter>(), self.count) };
        wait_any(waiters, deadline)
    }
}

/// Waits until one of the words is woken or differs from its value, a signal handler ran, or the monotonic
/// `deadline` has passed.
///
/// # Errors
/// `ETIMEDOUT`, `EINTR`; `EAGAIN` where a word differs already.
pub fn wait_any(waiters: &[Waiter], deadline: Option<Duration>) -> Result<usize, Errno> {
    let deadline = deadline.map(clock::timespec);
    let timeout = deadline.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: the kernel reads the array and the time, and reports unreadable words as EFAULT.
    let woken = unsafe {
        libc::syscall(
            libc::SYS_futex_waitv,
            waiters.as_ptr(),
            waiters.len(),
            0,
            timeout,
            libc::CLOCK_MONOTONIC,
        )
    };
    check(woken).map(|index| index as usize)
}

/// Waits while `word` is `value`, until woken or the monotonic `deadline`.
///
/// # Errors
/// As [`wait_any`].
pub fn wait(word: &AtomicU32, value: u32, deadline: Option<Duration>) -> Result<(), Errno> {
    let deadline = deadline.map(clock::timespec);
    let timeout = deadline.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: the kernel reads the word and the time; FUTEX_WAIT_BITSET takes an absolute monotonic time.
    let result = unsafe {
        libc::syscall(
            libc::SYS_futex,
            core::ptr::from_ref(word),
            libc::FUTEX_WAIT_BITSET,
            value,
            timeout,
            core::ptr::null::<u32>(),
            u32::MAX,
        )
    };
    check(result).map(|_| ())
}

/// Wakes everybody who waits on `word`.
pub fn wake(word: *const AtomicU32) {
    wake_some(word, i32::MAX);
}

/// Wakes at most `count` who wait on `word`; returns how many it has woken. A wake-up is lost for ever, so it is tried
/// twice where the kernel refuses; `None` if it has refused both.
pub fn wake_some(word: *const AtomicU32, count: i32) -> Option<usize> {
    (0..2).find_map(|_| {
        // SAFETY: the kernel only looks the address up.
        usize::try_from(unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE, count) }).ok()
    })
}
