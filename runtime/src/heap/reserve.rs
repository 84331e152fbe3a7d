//! The panic reserve. A panic allocates two or three times inside std (its message, the box of its
//! payload, the exception); in a process whose heap is full that would turn a reported panic into
//! an abort. So a thread that is already panicking is served from here.

use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use super::blocks::{self, Lists};

/// Sixteen kilobytes for blocks, and a page for the lists.
const BYTES: usize = 20 << 10;

const PAGE: usize = 4096;

#[repr(C, align(4096))]
struct Memory(UnsafeCell<[u8; BYTES]>);

pub(super) struct Reserve {
    memory: Memory,
    lists: AtomicPtr<Lists>,
}

// SAFETY: the memory is reached through `lists` alone, whose caller holds the process's lock.
unsafe impl Sync for Reserve {}

impl Reserve {
    #[allow(clippy::large_stack_arrays)] // only ever evaluated for a static
    pub(super) const fn new() -> Self {
        Self { memory: Memory(UnsafeCell::new([0; BYTES])), lists: AtomicPtr::new(ptr::null_mut()) }
    }

    #[inline]
    pub(super) fn owns(&self, ptr: NonNull<u8>) -> bool {
        ptr.addr().get().wrapping_sub(self.memory.0.get().addr()) < BYTES
    }

    /// The lists of the reserve, to be used with the process's lock held.
    pub(super) fn lists(&self) -> Option<NonNull<Lists>> {
        if let Some(lists) = NonNull::new(self.lists.load(Ordering::Relaxed)) {
            return Some(lists);
        }
        let base = NonNull::new(self.memory.0.get().cast::<u8>())?;
        // SAFETY: the memory is a static that nothing else refers to.
        let laid = unsafe { blocks::lay(base, BYTES) }?;
        self.lists.store(laid.lists.as_ptr(), Ordering::Relaxed);
        Some(laid.lists)
    }

    /// Makes the reserve ready and its pages present.
    pub(super) fn prepare(&self) {
        if self.lists().is_none() {
            return;
        }
        for page in (0..BYTES).step_by(PAGE) {
            let byte = self.memory.0.get().cast::<u8>().wrapping_add(page);
            // SAFETY: inside the static. What was there is written back, so blocks keep their
            // content; with the process's lock held nobody else writes.
            unsafe { byte.write_volatile(byte.read_volatile()) };
        }
    }
}
