//! Growth before the seal: chunks mapped from the kernel, never given back. So no pointer of the
//! process comes from glibc's own heap, from the first call that the loader makes.

use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

use super::blocks::{self, Lists};

/// The least that is mapped at once. Neighbouring chunks become one mapping in the kernel, and
/// pages that were never touched cost nothing.
const CHUNK: usize = 1 << 20;

/// The lists of the set-up heap. Being private memory of the program they exist in every process
/// of the tree, but only a process that has not been sealed uses them.
pub(super) struct Setup(UnsafeCell<Lists>);

// SAFETY: reached through `lists` alone, whose caller holds the process's lock.
unsafe impl Sync for Setup {}

impl Setup {
    pub(super) const fn new() -> Self {
        Self(UnsafeCell::new(Lists::new()))
    }

    pub(super) fn lists(&self) -> *mut Lists {
        self.0.get()
    }
}

/// Maps memory in which a block of this size and alignment certainly fits and gives it to `lists`.
/// Answers how many bytes were mapped.
#[cold]
pub(super) fn grow(lists: &mut Lists, size: usize, align: usize) -> Option<usize> {
    let bytes = blocks::room_for(size, align)?.max(CHUNK).checked_next_multiple_of(CHUNK)?;
    // SAFETY: a new mapping at a place of the kernel's choice touches no existing memory.
    let mapped = unsafe {
        libc::mmap(
            ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if mapped == libc::MAP_FAILED {
        return None;
    }
    let chunk = NonNull::slice_from_raw_parts(NonNull::new(mapped)?.cast::<u8>(), bytes);
    // SAFETY: the chunk was just mapped for this purpose and is never unmapped.
    unsafe { lists.insert_free_block_ptr(chunk) }?;
    Some(bytes)
}
