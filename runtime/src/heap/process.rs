//! The heap of this process: which memory serves it, and what becomes of pointers from elsewhere.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicUsize, Ordering};

use super::blocks::{self, Laid, Lists};
use super::header::Header;
use super::lock::{Held, Lock};
use super::reserve::Reserve;
use super::setup::{self, Setup};
use super::{fault, refusal};

/// Before the seal: memory grows.
const SETUP: u8 = 0;
/// After the seal, with no heap: everything is refused.
const NONE: u8 = 1;
/// In a heap of its own.
const ENTERED: u8 = 2;

/// How much of its heap a process uses, in bytes, with all that the allocator needs itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// In use now.
    pub used: usize,
    /// The most that was ever in use.
    pub peak: usize,
    /// All there is: the entered heap's size, or what set-up has mapped.
    pub limit: usize,
    /// The size of the last request that was refused, zero if none was.
    pub refused_bytes: usize,
}

/// Everything in two cache lines, so that a child that enters a heap copies one page.
#[repr(C, align(128))]
pub(crate) struct Process {
    lock: Lock,
    mode: AtomicU8,
    /// Tells blocks of this heap from what an earlier user of its memory left behind.
    key: AtomicU16,
    base: AtomicUsize,
    bytes: AtomicUsize,
    /// Where the memory starts, as a pointer that may be used; see `base` for its address.
    memory: AtomicPtr<u8>,
    /// The entered heap's lists, null until they are needed.
    lists: AtomicPtr<Lists>,
    used: AtomicUsize,
    peak: AtomicUsize,
    limit: AtomicUsize,
}

static SETUP_HEAP: Setup = Setup::new();
static RESERVE: Reserve = Reserve::new();

/// Where a pointer lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the heap that serves this process.
    Here,
    Reserve,
    /// In a heap of an ancestor or of set-up: readable, not to be written.
    Elsewhere,
}

impl Process {
    pub(crate) const fn new() -> Self {
        Self {
            lock: Lock::new(),
            mode: AtomicU8::new(SETUP),
            key: AtomicU16::new(0),
            base: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            memory: AtomicPtr::new(ptr::null_mut()),
            lists: AtomicPtr::new(ptr::null_mut()),
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
        }
    }

    pub(super) fn seal(&self) {
        let _held = self.lock.lock();
        RESERVE.prepare();
        self.mode.store(NONE, Ordering::Relaxed);
    }

    pub(super) fn enter(&self, base: *mut u8, bytes: usize) {
        self.lock.renew();
        refusal::forget();
        self.memory.store(base, Ordering::Relaxed);
        self.base.store(base.addr(), Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        self.lists.store(ptr::null_mut(), Ordering::Relaxed);
        self.used.store(0, Ordering::Relaxed);
        self.peak.store(0, Ordering::Relaxed);
        self.limit.store(bytes, Ordering::Relaxed);
        self.mode.store(ENTERED, Ordering::Release);
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            used: self.used.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            limit: self.limit.load(Ordering::Relaxed),
            refused_bytes: refusal::last().map_or(0, |refused| refused.bytes),
        }
    }

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
            let size = match old {
                Some(size) => size,
                // SAFETY: an ancestor's heap is readable here, so its headers are.
                None => unsafe { self.header(ptr, place, "realloc").size() },
            };
            if new <= size && self.mode.load(Ordering::Relaxed) == NONE {
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
        let Some(moved) = NonNull::new(self.allocate(new, align)) else { return ptr::null_mut() };
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

    #[inline]
    fn place(&self, ptr: NonNull<u8>) -> Place {
        let offset = ptr.addr().get().wrapping_sub(self.base.load(Ordering::Relaxed));
        if offset < self.bytes.load(Ordering::Relaxed) {
            Place::Here
        } else if RESERVE.owns(ptr) {
            Place::Reserve
        } else if self.mode.load(Ordering::Relaxed) == SETUP {
            Place::Here
        } else {
            Place::Elsewhere
        }
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
            Some(header)
                if place != Place::Here || header.key() == self.key.load(Ordering::Relaxed) =>
            {
                header
            }
            _ => wrong(call, ptr),
        }
    }

    #[inline]
    fn serve(&self, held: &Held<'_>, size: usize, align: usize) -> Option<NonNull<u8>> {
        let lists = self.lists(held, Place::Here)?;
        // SAFETY: valid lists, and the lock is held.
        let lists = unsafe { &mut *lists.as_ptr() };
        let key = self.key.load(Ordering::Relaxed);
        let found = match blocks::allocate(lists, size, align, key) {
            None if self.mode.load(Ordering::Relaxed) == SETUP => {
                let mapped = setup::grow(lists, size, align)?;
                self.limit.fetch_add(mapped, Ordering::Relaxed);
                blocks::allocate(lists, size, align, key)
            }
            found => found,
        };
        let (ptr, header) = found?;
        self.account(blocks::footprint(header), 0);
        Some(ptr)
    }

    /// The last resort: a panicking thread gets its memory from the reserve. `panicking` reads two
    /// counters, one of them a constant thread-local without a destructor: it cannot allocate.
    #[cold]
    #[inline(never)]
    fn serve_panic(&self, size: usize, align: usize) -> *mut u8 {
        let mode = self.mode.load(Ordering::Relaxed);
        if std::thread::panicking() {
            let held = self.lock.lock();
            if let Some(lists) = self.lists(&held, Place::Reserve) {
                // SAFETY: valid lists, and the lock is held.
                let lists = unsafe { &mut *lists.as_ptr() };
                if let Some((ptr, _)) = blocks::allocate(lists, size, align, 0) {
                    return ptr.as_ptr();
                }
            }
        }
        refusal::record(size, align, mode != SETUP);
        ptr::null_mut()
    }

    /// The lists that serve `place`, with the lock held as long as they are used.
    #[inline]
    fn lists(&self, _held: &Held<'_>, place: Place) -> Option<NonNull<Lists>> {
        if place == Place::Reserve {
            return RESERVE.lists();
        }
        match self.mode.load(Ordering::Relaxed) {
            ENTERED => match NonNull::new(self.lists.load(Ordering::Relaxed)) {
                None => self.first_use(),
                lists => lists,
            },
            SETUP => NonNull::new(SETUP_HEAP.lists()),
            _ => None,
        }
    }

    #[cold]
    fn first_use(&self) -> Option<NonNull<Lists>> {
        let base = NonNull::new(self.memory.load(Ordering::Relaxed))?;
        // SAFETY: whoever entered this heap vouched for the memory, and nothing was allocated from
        // it yet.
        let Laid { lists, fixed } =
            unsafe { blocks::lay(base, self.bytes.load(Ordering::Relaxed)) }?;
        self.key.store(fresh_key(), Ordering::Relaxed);
        self.account(fixed, 0);
        self.lists.store(lists.as_ptr(), Ordering::Relaxed);
        Some(lists)
    }

    #[inline]
    fn account(&self, more: usize, less: usize) {
        let used = self.used.load(Ordering::Relaxed).wrapping_add(more).wrapping_sub(less);
        self.used.store(used, Ordering::Relaxed);
        if used > self.peak.load(Ordering::Relaxed) {
            self.peak.store(used, Ordering::Relaxed);
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

/// Differs from one use of the same memory to the next.
fn fresh_key() -> u16 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid place for the result. If the call fails the key is a constant, and
    // only the distinction from earlier uses is lost.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let mixed = (now.tv_nsec as u64 ^ (now.tv_sec as u64) << 30).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as u16
}
