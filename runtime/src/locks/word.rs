//! The word that all locks are made of: who owns it, whether somebody waits for it, and how often it was released.
//!
//! The lower half is a robust futex as the kernel knows it: the owner's TID, `WAITERS`, and `DIED`, which the kernel
//! sets in place of the TID when the owner dies, whereupon it wakes one waiter. A word without owner is free, died or
//! not: what a death means is for the lock above to say.
//!
//! `WAITERS` outlives a release. Were it cleared there, then the sequence *release, wake one of two waiters,
//! somebody else takes the free word without the mark, the woken one dies* would leave the other waiter asleep for
//! ever: the owner knows nothing of it, and the kernel wakes for a dead waiter only if nobody owns the word. So the
//! mark is cleared only by who has released the word and then found nobody to wake, and only if the word is as it was
//! after that very release: nobody has owned it since, so nobody can have begun to wait. To know this is what the
//! count of releases in the upper half is for.
//!
//! Whoever is between two of these steps has the word `pending` in its robust list: then a death there has the kernel
//! wake somebody else in its place.

use super::platform::{AtomicU64, Expected, Links, Ordering, Thread, low, wait, wake};
use core::time::Duration;

const WAITERS: u64 = 0x8000_0000;
const DIED: u64 = 0x4000_0000;
const OWNER: u64 = 0x3fff_ffff;
const RELEASES: u64 = !0xffff_ffff;
const RELEASE: u64 = 1 << 32;

/// How many to wake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// One, who will take the word.
    One,
    /// Everybody.
    All,
}

/// A robust word. All-zero is free.
#[repr(C, align(64))]
pub struct Word {
    state: AtomicU64,
    links: Links,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Word>() == 64);

// SAFETY: `links` is touched only by the thread that owns the word, and by the kernel once that thread is dead.
unsafe impl Sync for Word {}
// SAFETY: no part of it belongs to a thread while it can be moved, that is while nobody borrows it.
unsafe impl Send for Word {}

/// A word that the calling thread owns until this is dropped, whatever happens meanwhile.
pub struct Owned<'a>(pub &'a Word);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        self.0.release(Wake::One);
    }
}

impl Word {
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { state: AtomicU64::new(0), links: Links::new() }
    }

    #[cfg(loom)]
    pub fn new() -> Self {
        Self { state: AtomicU64::new(0), links: Links::new() }
    }

    /// Takes the word if it is free.
    #[inline]
    pub fn try_take(&self) -> bool {
        let thread = Thread::at(&self.state);
        thread.begin();
        if self.attempt(thread, 0).is_ok() {
            thread.hold();
            return true;
        }
        thread.end();
        false
    }

    /// Takes the word, waiting for it until the deadline. Returns whether it was in time.
    ///
    /// # Panics
    /// If the calling thread owns it.
    #[inline]
    pub fn take(&self, deadline: Option<Duration>) -> bool {
        self.take_with(0, deadline)
    }

    /// Takes the word as one that somebody waits for, so that the kernel wakes one who does if the caller dies.
    pub fn take_marked(&self) {
        self.take_with(WAITERS, None);
    }

    #[inline]
    fn take_with(&self, mark: u64, deadline: Option<Duration>) -> bool {
        let thread = Thread::at(&self.state);
        thread.begin();
        if self.attempt(thread, mark).is_ok() || self.contend(thread, mark, deadline) {
            thread.hold();
            return true;
        }
        thread.end();
        false
    }

    #[cold]
    fn contend(&self, thread: Thread, mark: u64, deadline: Option<Duration>) -> bool {
        while let Err(now) = self.attempt(thread, mark) {
            if now & OWNER == u64::from(thread.tid()) {
                thread.end();
                panic!("a thread waits for a lock that it holds itself");
            }
            // Marked before the deadline is looked at: who was woken owes that to the others who wait.
            if let Some(expected) = self.mark(now)
                && !wait(&[expected], deadline)
            {
                return false;
            }
        }
        true
    }

    /// One attempt to take the word, which fails only if it has an owner.
    #[inline]
    fn attempt(&self, thread: Thread, mark: u64) -> Result<(), u64> {
        let mut now = self.state.load(Ordering::Relaxed);
        while now & OWNER == 0 {
            let mine = now & (RELEASES | WAITERS) | mark | u64::from(thread.tid());
            match self.state.compare_exchange(now, mine, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => now = other,
            }
        }
        Err(now)
    }

    /// Notes in the word, which was `now`, that somebody waits; `None` if it has changed.
    fn mark(&self, now: u64) -> Option<Expected> {
        let marked = now | WAITERS;
        let done = now == marked
            || self.state.compare_exchange(now, marked, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        done.then(|| (low(&self.state), marked as u32))
    }

    /// What to wait for until the word has no owner; `None` if it has none.
    pub fn until_free(&self) -> Option<Expected> {
        loop {
            let now = self.state.load(Ordering::Relaxed);
            if now & OWNER == 0 {
                return None;
            }
            if let Some(expected) = self.mark(now) {
                return Some(expected);
            }
        }
    }

    /// Gives the word back and wakes who waits. Nothing happens where the calling thread does not own it: in a child
    /// that was forked meanwhile, or if the word was damaged.
    #[inline]
    pub fn release(&self, whom: Wake) {
        self.release_after(whom, || {});
    }

    /// The same, after `last`, which the owner has still to do.
    #[inline]
    pub fn release_after(&self, whom: Wake, last: impl FnOnce()) {
        if Thread::is_dead() {
            return;
        }
        let thread = Thread::at(&self.state);
        let mut now = self.state.load(Ordering::Relaxed);
        if now & OWNER == u64::from(thread.tid()) {
            last();
        }
        thread.let_go();
        while now & OWNER == u64::from(thread.tid()) {
            let free = (now & RELEASES).wrapping_add(RELEASE) | now & WAITERS;
            match self.state.compare_exchange(now, free, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => {
                    if free & WAITERS != 0 {
                        self.pass_on(free, whom);
                    }
                    break;
                }
                Err(other) => now = other,
            }
        }
        // It stays pending until the next one begins: of a free word a death wakes somebody, who looks in vain.
    }

    /// Wakes who waits for the word, which was free with the mark, and clears the mark if nobody is left.
    #[cold]
    fn pass_on(&self, free: u64, whom: Wake) {
        let count = if whom == Wake::All { i32::MAX } else { 1 };
        // Where the kernel refuses, nobody knows whether there is somebody.
        let none_left = match wake(low(&self.state), count) {
            Some(woken) => woken == 0 || whom == Wake::All,
            None => false,
        };
        if none_left {
            let _ = self.state.compare_exchange(free, free & !WAITERS, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether somebody owns it.
    #[inline]
    pub fn is_owned(&self) -> bool {
        self.state.load(Ordering::Acquire) & OWNER != 0
    }

    /// Whether the calling thread owns it.
    #[inline]
    pub fn is_mine(&self) -> bool {
        !Thread::is_dead() && self.state.load(Ordering::Relaxed) & OWNER == u64::from(Thread::current().tid())
    }

    /// The calling thread is about to wait for the word without wanting to own it.
    pub fn begin_watch(&self) {
        Thread::at(&self.state).begin();
    }

    /// What to wait for until the word is released to all; `None` if its owner has died.
    pub fn watch(&self) -> Option<Expected> {
        let now = self.state.load(Ordering::Acquire);
        (now & DIED == 0).then(|| (low(&self.state), now as u32))
    }

    /// The wait is over: does what the last owner may not have come to. Returns whether that has died while it owned
    /// the word.
    pub fn end_watch(&self) -> bool {
        let now = self.state.load(Ordering::Acquire);
        let died = now & DIED != 0;
        if now & (OWNER | DIED) == 0 && now & WAITERS != 0 {
            self.pass_on(now, Wake::All);
        }
        if !died {
            Thread::current().end();
        }
        died
    }
}
