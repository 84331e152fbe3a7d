//! The budgeted heap: one allocator for Rust and C code, in every process of the tree.
//!
//! Before the seal it grows by mapping memory. After it the kernel gives no more, and glibc's
//! `malloc` would fail where nobody expects it; so every allocation, of Rust and of C, comes from
//! memory set aside for this process, or is refused and can be reported with its size and place.
//!
//! | file | what lives there |
//! |---|---|
//! | `process` | which memory serves this process now |
//! | `service` | allocate, free and resize, also for pointers from elsewhere |
//! | `blocks` | blocks with a checked header, cut from TLSF lists in constant time |
//! | `header` | the sixteen bytes in front of each block that make a wrong `free` visible |
//! | `setup` | growth before the seal |
//! | `reserve` | memory kept for a panic that happens when there is no other |
//! | `refusal` | the last refused request, for the crash report |
//! | `library` | what std and libc allocate on first use, made before the seal |
//! | `lock`, `fault` | a futex lock, and the one way this module gives up |
//! | `c` | `malloc` and its family |
//!
//! Nothing here allocates, formats, panics or takes a lock of std or libc. The state is private
//! memory of the process: `fork` copies it, so a child inherits its parent's mode until it calls
//! [`enter`].
//!
//! What was inherited cannot be altered: a pointer outside the entered heap is ignored when it is
//! freed and copied when it is resized.

mod blocks;
pub mod c;
mod fault;
mod header;
mod library;
mod lock;
mod process;
mod refusal;
mod reserve;
mod service;
mod setup;
#[cfg(test)]
mod tests;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};

use crate::hot::HOT;
pub(crate) use process::Process;
pub use process::Usage;
pub use refusal::{FRAMES, Refused};

/// The global allocator of a root's binary.
///
/// It has no state of its own: Rust and C code of one process share one heap.
#[derive(Debug, Default)]
pub struct Heap {
    _private: (),
}

impl Heap {
    /// The allocator, for a `static`.
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

// SAFETY: `process` gives out blocks that are exclusive until they are freed, of at least the size
// and alignment asked for; it never unwinds, and refuses by null.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HOT.heap.allocate(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, _layout: Layout) {
        if let Some(ptr) = NonNull::new(ptr) {
            // SAFETY: the caller gives up a block that this allocator gave out, here or in the
            // process that this one was forked from.
            unsafe { HOT.heap.release(ptr) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match NonNull::new(ptr) {
            // SAFETY: as for `dealloc`; the layout states how many bytes may be read at `ptr`.
            Some(ptr) => unsafe { HOT.heap.resize(ptr, Some(layout.size()), layout.align(), new_size) },
            None => null_mut(),
        }
    }
}

/// Freezes the set-up heap: from here on this process is refused every allocation, until it
/// [`enter`]s a heap of its own. What set-up allocated stays readable and writable.
///
/// To be called once, with no other thread left.
pub fn seal() {
    library::settle();
    HOT.heap.seal();
}

/// Serves this process from `bytes` bytes at `base` from now on.
///
/// Costs a few stores: nothing in the memory is read or written before the first allocation, and
/// whatever it contains is never trusted.
///
/// # Safety
/// - The memory is mapped, readable and writable for as long as this process lives, and no other
///   process or code writes to it.
/// - No live object of this process lies in it, and the calling thread is the only one.
pub unsafe fn enter(base: *mut u8, bytes: usize) {
    HOT.heap.enter(base, bytes);
}

/// Refuses this process every allocation from now on: it is a child that user code has forked, and the heap
/// it has inherited is its parent's. What is there stays readable.
pub(crate) fn leave() {
    HOT.heap.leave();
}

/// How much of its heap this process uses. Takes no lock, so a crash handler may call it.
pub fn usage() -> Usage {
    HOT.heap.usage()
}

/// How often the process has asked its heap for anything since the seal and before it has [`enter`]ed a heap of
/// its own: for root, which never does, all calls since the seal.
pub(crate) fn calls_since_seal() -> u32 {
    Process::calls_without()
}

/// The last request that was refused, if there was one since this process entered its heap. Takes
/// no lock, so a crash handler may call it.
pub fn refused() -> Option<Refused> {
    refusal::last()
}
