//! A lock of one futex word. Those of std and libc may allocate, or hold state that a fork makes
//! stale; this one is made new by storing zero.

use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::fault;

const FREE: u32 = 0;
const HELD: u32 = 1;
const AWAITED: u32 = 2;

/// How often to look again before sleeping: the lock is held for tens of nanoseconds.
const SPINS: u32 = 64;

pub(super) struct Lock {
    word: AtomicU32,
    /// The holder, to tell a thread that waits for itself from one that waits for another.
    owner: AtomicUsize,
}

pub(super) struct Held<'a> {
    lock: &'a Lock,
    /// No other thread existed when the lock was taken, and none can have been made since.
    alone: bool,
}

impl Lock {
    pub(super) const fn new() -> Self {
        Self { word: AtomicU32::new(FREE), owner: AtomicUsize::new(0) }
    }

    #[inline]
    pub(super) fn lock(&self) -> Held<'_> {
        let alone = alone();
        if alone && self.word.load(Ordering::Relaxed) == FREE {
            self.word.store(HELD, Ordering::Relaxed);
        } else if self.word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
        self.owner.store(this_thread(), Ordering::Relaxed);
        Held { lock: self, alone }
    }

    /// Makes the lock free whoever held it: after a fork its holder may not exist in this process.
    pub(super) fn renew(&self) {
        self.owner.store(0, Ordering::Relaxed);
        self.word.store(FREE, Ordering::Release);
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        if self.owner.load(Ordering::Relaxed) == this_thread() {
            fault::stop("a signal handler or a corrupted heap came back into the allocator", 0);
        }
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if self.word.load(Ordering::Relaxed) == FREE
                && self.word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
        }
        while self.word.swap(AWAITED, Ordering::Acquire) != FREE {
            self.futex(libc::FUTEX_WAIT, AWAITED);
        }
    }

    /// Keeps `errno`, which `free` must not change.
    fn futex(&self, operation: c_int, value: u32) {
        // SAFETY: the word outlives the call, which neither reads nor writes anything else; the
        // place of `errno` is valid in every thread.
        unsafe {
            let errno = libc::__errno_location();
            let before = *errno;
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                operation | libc::FUTEX_PRIVATE_FLAG,
                value,
                ptr::null::<libc::timespec>(),
            );
            *errno = before;
        }
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        self.lock.owner.store(0, Ordering::Relaxed);
        if self.alone {
            self.lock.word.store(FREE, Ordering::Release);
        } else if self.lock.word.swap(FREE, Ordering::Release) == AWAITED {
            self.lock.futex(libc::FUTEX_WAKE, 1);
        }
    }
}

/// Whether this process has one thread only. glibc says so before it makes a second, so what was
/// done alone is visible to every later thread.
#[inline]
fn alone() -> bool {
    // SAFETY: only a thread that is the only one changes the byte.
    unsafe { (&raw const __libc_single_threaded).read_volatile() != 0 }
}

unsafe extern "C" {
    /// Of glibc since 2.32: not zero while there is one thread.
    static __libc_single_threaded: libc::c_char;
}

/// A number that no other live thread of this process has. The variable is constant and has no
/// destructor, so reaching it neither allocates nor registers anything.
#[inline]
fn this_thread() -> usize {
    thread_local! { static PLACE: u8 = const { 0 } }
    PLACE.with(|place| ptr::from_ref(place).addr())
}
