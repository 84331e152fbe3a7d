//! A condition variable whose notifications are not lost over deaths.
//!
//! Every notification wakes everybody, for one that is woken alone could die of it. Who notifies owns a robust word
//! while it counts the notification, and gives it back to all. Waiters wait for the word and for the count, in this
//! order: whoever sees the old count was waiting for the word before the notification was counted, and is woken when
//! the word is given back. If the notifier dies on the way the kernel wakes one of them, who completes what is left
//! to do, and if that dies the next.

use super::mutex::{LockResult, MutexGuard};
use super::platform::{AtomicU32, Ordering, after, wait, whole};
use super::word::{Wake, Word};
use crate::state::Plain;
use core::fmt;
use core::time::Duration;

/// Waits until what a [`Mutex`](super::Mutex) guards has changed.
///
/// As with std's, `wait` may return without a notification. One that has begun reaches everybody who waits, even if
/// the notifier or some of the waiters die. One that has not begun does not: who dies after it has changed the value
/// and before it notifies has told nobody. So the daemon, who knows of every death of its transactions, should
/// notify then; or waiters give a time.
///
/// ```
/// use perennial::locks::{Condvar, Mutex};
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         READY.lock().map(|mut ready| *ready = true).expect("nobody died over it");
///         CHANGED.notify_one();
///     });
///     let ready = READY.lock().and_then(|ready| CHANGED.wait_while(ready, |ready| !*ready));
///     assert!(*ready.expect("nobody died over it"));
/// });
/// ```
#[repr(C)]
pub struct Condvar {
    word: Word,
    count: AtomicU32,
}

impl Condvar {
    /// One that nobody waits for.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { word: Word::new(), count: AtomicU32::new(0) }
    }

    /// One that nobody waits for.
    #[cfg(loom)]
    #[expect(clippy::new_without_default, reason = "as in the constant one")]
    pub fn new() -> Self {
        Self { word: Word::new(), count: AtomicU32::new(0) }
    }

    /// Has at least one of those who wait look again. It is all of them: one alone could die before it has looked.
    pub fn notify_one(&self) {
        self.notify_all();
    }

    /// Has all who wait look again.
    pub fn notify_all(&self) {
        self.word.take_marked();
        self.count.fetch_add(1, Ordering::Relaxed);
        self.word.release(Wake::All);
    }

    /// Gives the mutex back, waits for a notification, and takes the mutex again.
    ///
    /// # Errors
    /// As those of [`Mutex::lock`](super::Mutex::lock).
    pub fn wait<'a, T: Plain>(&self, guard: MutexGuard<'a, T>) -> LockResult<'a, T> {
        self.wait_until(guard, None).0
    }

    /// Waits as long as `condition` holds.
    ///
    /// # Errors
    /// As those of [`Mutex::lock`](super::Mutex::lock).
    pub fn wait_while<'a, T: Plain>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Self::wait), but waits no longer than `time`. The second value is whether there was a wake-up.
    ///
    /// ```
    /// use perennial::locks::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (value, changed) = (Mutex::new(0_u8), Condvar::new());
    /// let guard = value.lock().expect("new");
    /// let (guard, woken) = changed.wait_timeout(guard, Duration::from_millis(1));
    /// assert!(guard.is_ok() && !woken);
    /// ```
    pub fn wait_timeout<'a, T: Plain>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> (LockResult<'a, T>, bool) {
        self.wait_until(guard, Some(after(time)))
    }

    fn wait_until<'a, T: Plain>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Duration>,
    ) -> (LockResult<'a, T>, bool) {
        let mutex = guard.mutex();
        let seen = self.count.load(Ordering::Relaxed);
        drop(guard);
        self.word.begin_watch();
        let woken = self.word.watch().is_none_or(|word| wait(&[word, (whole(&self.count), seen)], deadline));
        if self.word.end_watch() {
            self.notify_all();
        }
        (mutex.lock(), woken)
    }
}

#[cfg(not(loom))]
impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar")
    }
}

// SAFETY: all-zero is one that nobody waits for.
unsafe impl super::Shareable for Condvar {}
