//! Children that user code forks, or a C library does: they share memory with the daemon or the transaction
//! that forked them, and must not be able to change anything there.
//!
//! Such a child keeps reading what it has inherited. It reports to nobody, its heap is refused to it, and the
//! shared memory that its parent may write becomes read-only in it. What it does until it ends is its own
//! affair.
//!
//! It dies with the process that forked it, and so do its own children, down to the last: whatever a transaction
//! forked is gone with it, and all of it with a root that is killed. So a child cannot be detached by forking
//! twice, for the second dies with the first. The kernel ties this to the thread that forked: where a transaction
//! has threads, what one of them forks ends with that thread. Processes made without libc's `fork` (`clone`,
//! `vfork`, and `posix_spawn` with them) never come by here; what of them is left behind the daemon finds
//! (`flight::children`), or root, when the daemon dies. If root is killed first, nobody is left to find them.

use crate::flight;
use crate::heap;
use crate::hot::HOT;
use crate::layout::SLOTS;
use crate::report;
use crate::sys::{Errno, memory, process};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// A range of shared memory that this process may write.
pub struct Range {
    start: AtomicPtr<u8>,
    len: AtomicUsize,
}

impl Range {
    /// No memory.
    pub const fn none() -> Self {
        Self { start: AtomicPtr::new(core::ptr::null_mut()), len: AtomicUsize::new(0) }
    }

    /// From now on `len` bytes from `start`.
    pub fn set(&self, start: *mut u8, len: usize) {
        self.start.store(start, Relaxed);
        self.len.store(len, Relaxed);
    }

    /// Whether `address` is in it.
    #[cfg(not(loom))]
    #[inline]
    pub fn contains(&self, address: *const u8) -> bool {
        address.addr().wrapping_sub(self.start.load(Relaxed).addr()) < self.len.load(Relaxed)
    }
}

/// Ranges that are remembered: a heap and all slots.
pub const RANGES: usize = 1 + SLOTS;

/// Notes this process's PID, and what it may write and its own children therefore must not.
pub fn note(pid: i32, ranges: [(*mut u8, usize); RANGES]) {
    HOT.pid.store(pid, Relaxed);
    for (place, (start, len)) in HOT.writable.iter().zip(ranges) {
        place.set(start, len);
    }
}

/// Makes every later child that the runtime has not forked itself harmless.
///
/// # Errors
/// `ENOMEM`.
pub fn guard() -> Result<(), Errno> {
    process::on_foreign_fork(disown)
}

/// Runs in such a child.
fn disown() {
    // First, since it may end below.
    if HOT.foreign.swap(true, Relaxed) {
        // A child of such a child: nobody waits for it once its parent has gone.
        flight::mark_adopted();
    }
    let parent = HOT.pid.load(Relaxed);
    // In a PID namespace of its own it does not see its parent.
    if process::die_with_parent(parent) == Err(Errno::ESRCH) && process::parent() != 0 {
        process::exit(0);
    }
    HOT.pid.store(std::process::id() as i32, Relaxed);
    flight::leave();
    report::to_nobody();
    heap::leave();
    for range in &HOT.writable {
        let (start, len) = (range.start.load(Relaxed), range.len.load(Relaxed));
        // SAFETY: this process was forked a moment ago by code that is not the runtime's; the runtime writes
        // nothing in it any more.
        let refused = unsafe { memory::make_read_only(start, len) }.is_err();
        // A slot that was not inherited is not mapped, which is as good.
        if refused && memory::is_mapped(start) {
            process::exit(71);
        }
    }
}
