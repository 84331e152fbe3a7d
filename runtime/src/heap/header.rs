//! The sixteen bytes in front of every block.
//!
//! They serve two ends. C's `free` and `realloc` name no size, so it must be found there. And a
//! pointer that was freed twice, never given out, or whose header was overwritten must be noticed
//! before the lists of the allocator are changed on its word.

#![allow(clippy::cast_ptr_alignment)] // every block is aligned to a header

use core::ptr::NonNull;

/// Bytes of a header; also the alignment of every block.
pub(super) const HEADER: usize = size_of::<Header>();

/// The largest block: its size shares a word with the key.
pub(super) const MAX_SIZE: usize = (1 << KEY_SHIFT) - 1;

const KEY_SHIFT: u32 = 48;

/// What is known of a block. In memory: size and key in one word; in the other the offset, and
/// above it a checksum of everything and of the block's own address.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub(super) struct Header {
    size_and_key: u64,
    offset_and_check: u64,
}

impl Header {
    /// The header of `size` bytes at `ptr`, which lies `offset` bytes behind the first place where
    /// it could have been. `offset` is a multiple of sixteen below 64 GiB.
    #[inline]
    pub(super) fn new(ptr: NonNull<u8>, size: usize, offset: usize, key: u16) -> Self {
        let size_and_key = size as u64 | u64::from(key) << KEY_SHIFT;
        let units = (offset / HEADER) as u64;
        Self { size_and_key, offset_and_check: check(ptr, size_and_key, units) | units }
    }

    /// Reads the header of `ptr`; `None` if there is no valid one.
    ///
    /// # Safety
    /// The sixteen bytes in front of `ptr` are readable, or it is acceptable that the process
    /// faults here.
    #[inline]
    pub(super) unsafe fn read(ptr: NonNull<u8>) -> Option<Self> {
        if !ptr.addr().get().is_multiple_of(HEADER) {
            return None;
        }
        // SAFETY: readable by the contract, aligned as just checked, and valid for every pattern of
        // bits. One volatile read: whoever owns an inherited heap may be writing to it meanwhile, and what
        // is checked must be what is used.
        let found = unsafe { ptr.as_ptr().cast::<Self>().wrapping_sub(1).read_volatile() };
        let units = found.offset_and_check & u64::from(u32::MAX);
        (found.offset_and_check == check(ptr, found.size_and_key, units) | units).then_some(found)
    }

    /// Writes the header of `ptr`.
    ///
    /// # Safety
    /// `ptr` is aligned to sixteen bytes, and the sixteen in front of it belong to its block.
    #[inline]
    pub(super) unsafe fn write(self, ptr: NonNull<u8>) {
        // SAFETY: by the contract.
        unsafe { ptr.as_ptr().cast::<Self>().sub(1).write(self) }
    }

    /// Makes the header of `ptr` invalid, so that a second `free` is noticed.
    ///
    /// # Safety
    /// As for [`write`](Self::write).
    #[inline]
    pub(super) unsafe fn erase(ptr: NonNull<u8>) {
        // SAFETY: by the contract. All zero is never valid, because `check` sets its highest bit.
        unsafe {
            Self { size_and_key: 0, offset_and_check: 0 }.write(ptr);
        }
    }

    #[inline]
    pub(super) fn size(self) -> usize {
        self.size_and_key as usize & MAX_SIZE
    }

    #[inline]
    pub(super) fn key(self) -> u16 {
        (self.size_and_key >> KEY_SHIFT) as u16
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        (self.offset_and_check as u32 as usize) * HEADER
    }
}

/// The upper half of the second word. Its highest bit is set, so that neither zeros nor a pointer
/// of user space, which is what the free lists write there, can pass for it.
#[inline]
fn check(ptr: NonNull<u8>, size_and_key: u64, units: u64) -> u64 {
    let mixed = ptr.addr().get() as u64 ^ size_and_key.rotate_left(29) ^ units.rotate_left(47);
    let spread = u128::from(mixed ^ 0x5bd1_e995_97f4_a7c1) * 0x9e37_79b9_7f4a_7c15;
    ((spread as u64 ^ (spread >> 64) as u64) & !u64::from(u32::MAX)) | 1 << 63
}
