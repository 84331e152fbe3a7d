//! What a commit cannot do without: bytes and their checksum into a journal, two stores that say so, bytes
//! into the image.

use crate::Cell;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed, Ordering::Release, compiler_fence};

/// Bytes in front of the image.
pub const JOURNAL: usize = 65_536;

/// A journal and an image of its own, in shared memory like the real ones.
pub struct Floor {
    memory: *mut u8,
}

static FLOOR: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// Gives the floor its memory, page-aligned: [`JOURNAL`] bytes and an image.
pub fn create(memory: *mut u8) {
    FLOOR.store(memory, Relaxed);
}

impl Floor {
    /// The memory given before.
    pub fn open() -> Self {
        Self { memory: FLOOR.load(Relaxed) }
    }

    /// Commits `value` to every index.
    #[inline(never)]
    #[expect(clippy::cast_ptr_alignment, reason = "the journal starts a page")]
    pub fn commit(&mut self, indexes: &[usize], value: &Cell) {
        const HEADER: usize = 64;
        // SAFETY: the journal holds 256 values behind its header, the image every index; nobody else uses
        // this daemon's copy of the pattern at the same time.
        unsafe {
            let body = self.memory.add(HEADER);
            for (n, _) in indexes.iter().enumerate() {
                body.add(n * size_of::<Cell>()).cast::<Cell>().write(*value);
            }
            let len = indexes.len() * size_of::<Cell>();
            let crc = crc32c::crc32c(core::slice::from_raw_parts(body, len));
            let header = &*self.memory.cast::<[AtomicU64; 8]>();
            header[1].store(u64::from(crc), Relaxed);
            header[0].store(header[0].load(Relaxed) + 1, Release);
            compiler_fence(core::sync::atomic::Ordering::SeqCst);
            let image = self.memory.add(JOURNAL).cast::<Cell>();
            for (n, &index) in indexes.iter().enumerate() {
                core::ptr::copy_nonoverlapping(
                    body.add(n * size_of::<Cell>()).cast::<Cell>(),
                    image.add(index),
                    1,
                );
            }
            header[2].store(header[0].load(Relaxed), Release);
        }
    }
}
