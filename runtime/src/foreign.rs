//! Children that user code forks, or a C library does: they share memory with the daemon or the transaction
//! that forked them, and must not be able to change anything there.
//!
//! Such a child keeps reading what it has inherited. It reports to nobody, its heap is refused to it, and the
//! shared memory that its parent may write becomes read-only in it. What it does until it ends is its own
//! affair; it ends with the family that it belongs to.

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
}

/// Ranges that are remembered: a heap and all slots.
pub const RANGES: usize = 1 + SLOTS;

/// Notes what this process may write and what its own children therefore must not.
pub fn note(ranges: [(*mut u8, usize); RANGES]) {
    for (place, (start, len)) in HOT.writable.iter().zip(ranges) {
        place.start.store(start, Relaxed);
        place.len.store(len, Relaxed);
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
    report::to_nobody();
    heap::leave();
    for range in &HOT.writable {
        // SAFETY: this process was forked a moment ago by code that is not the runtime's; the runtime writes
        // nothing in it any more. A slot that was not inherited is not mapped, which is as good.
        let _ = unsafe { memory::make_read_only(range.start.load(Relaxed), range.len.load(Relaxed)) };
    }
}
