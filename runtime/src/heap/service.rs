//! What is done for a caller: allocation, and what becomes of a pointer that comes back, from this
//! process's own heap or from an ancestor's.

use core::ptr::{self, NonNull};

use super::blocks;
use super::fault;
use super::header::Header;
use super::process::{Place, Process};

impl Process {
    /// Null if there is no room.
    #[inline]
    pub(super) fn allocate(&self, size: usize, align: usize) -> *mut u8 {
        let held = self.lock.lock();
        let found = self.serve(&held, size, align);
        drop(held);
        match found {
            Some(ptr) => ptr.as_ptr(),
            None => self.serve_panic(size, align),
        }
    }

    /// Frees `ptr`, if it lies in memory of this process's own.
    ///
    /// # Safety
    /// `ptr` was given out here or in an ancestor, and is not used any more.
    #[inline]
    pub(super) unsafe fn release(&self, ptr: NonNull<u8>) {
        let place = self.place(ptr);
        if place == Place::Elsewhere {
            self.note_call();
            return;
        }
        let held = self.lock.lock();
        let Some(lists) = self.lists(&held, place) else {
            fault::stop("free of a pointer that was never allocated", ptr.addr().get())
        };
        // SAFETY: the pointer lies in memory of this process, so the bytes in front of it are
        // readable, save at its very start, where a fault is as good a report as any. With a valid
        // header it is a block of these lists; the lock is held, so nobody else uses them.
        unsafe {
            let header = self.header(ptr, place, "free");
            if place == Place::Here {
                self.account(0, blocks::footprint(header));
            }
            blocks::release(&mut *lists.as_ptr(), ptr, header);
        }
    }

    /// Makes `ptr` hold `new` bytes, moving it if need be; null, with nothing changed, if there is
    /// no room. `old` is its present size where the caller knows it.
    ///
    /// # Safety
    /// As for [`release`](Self::release); the first `old` bytes are readable.
    pub(super) unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: Option<usize>,
        align: usize,
        new: usize,
    ) -> *mut u8 {
        let new = new.max(1);
        let place = self.place(ptr);
        let size = if place == Place::Elsewhere {
            self.note_call();
            let size = match old {
                Some(size) => size,
                // SAFETY: an ancestor's heap is readable here, so its headers are.
                None => unsafe { self.header(ptr, place, "realloc").size() },
            };
            if new <= size && self.is_without() {
                return ptr.as_ptr();
            }
            size
        } else {
            let held = self.lock.lock();
            let Some(lists) = self.lists(&held, place) else {
                fault::stop("realloc of a pointer that was never allocated", ptr.addr().get())
            };
            // SAFETY: as in `release`.
            unsafe {
                let header = self.header(ptr, place, "realloc");
                let resized = blocks::resize(&mut *lists.as_ptr(), ptr, header, align, new);
                if let Some((moved, now)) = resized {
                    if place == Place::Here {
                        self.account(blocks::footprint(now), blocks::footprint(header));
                    }
                    return moved.as_ptr();
                }
                header.size()
            }
        };
        let Some(moved) = NonNull::new(self.allocate(new, align)) else {
            return ptr::null_mut();
        };
        // SAFETY: `size` bytes are readable at `ptr` and `new` writable at `moved`, a different
        // block; `ptr` is given up by the caller.
        unsafe {
            ptr.copy_to_nonoverlapping(moved, size.min(new));
            self.release(ptr);
        }
        moved.as_ptr()
    }

    /// How many bytes at `ptr` belong to its block.
    ///
    /// # Safety
    /// `ptr` was given out here or in an ancestor, and not freed.
    pub(super) unsafe fn size_of(&self, ptr: NonNull<u8>) -> usize {
        // SAFETY: by the contract the header is readable.
        unsafe { self.header(ptr, self.place(ptr), "malloc_usable_size") }.size()
    }

    /// The valid header of `ptr`; without one the process ends here, its lists untouched.
    ///
    /// # Safety
    /// As for [`Header::read`].
    #[inline]
    unsafe fn header(&self, ptr: NonNull<u8>, place: Place, call: &str) -> Header {
        // SAFETY: by the contract.
        let found = unsafe { Header::read(ptr) };
        match found {
            Some(header) if place != Place::Here || self.has_key(header.key()) => header,
            _ => wrong(call, ptr),
        }
    }
}

#[cold]
#[inline(never)]
fn wrong(call: &str, ptr: NonNull<u8>) -> ! {
    let what = match call {
        "free" => "free of what is no live block: freed twice, overwritten or never allocated",
        "realloc" => "realloc of what is no live block: freed, overwritten or never allocated",
        _ => "malloc_usable_size of what is no live block",
    };
    fault::stop(what, ptr.addr().get())
}
