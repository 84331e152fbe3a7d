//! Which memory serves this process: what set-up maps, the heap that it entered, or none.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering};

use super::blocks::{self, Laid, Lists};
use super::lock::{Held, Lock};
use super::refusal;
use super::reserve::Reserve;
use super::setup::{self, Setup};

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
    pub(super) lock: Lock,
    mode: AtomicU8,
    /// Tells blocks of this heap from what an earlier user of its memory left behind.
    key: AtomicU16,
    /// The entered heap's memory.
    memory: AtomicPtr<u8>,
    bytes: AtomicUsize,
    /// The entered heap's lists, null until they are needed.
    lists: AtomicPtr<Lists>,
    used: AtomicUsize,
    peak: AtomicUsize,
    limit: AtomicUsize,
}

/// Calls while there was no heap. Root has none from the seal on, and every call of its own comes the long way
/// round that counts here; who enters a heap is counted no more.
static CALLS: AtomicU32 = AtomicU32::new(0);

static SETUP_HEAP: Setup = Setup::new();
static RESERVE: Reserve = Reserve::new();

/// Where a pointer lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
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

    /// No heap from now on, unless set-up is still going on: then memory is private, and stays in use.
    pub(super) fn leave(&self) {
        self.lock.renew();
        if self.mode.load(Ordering::Relaxed) != SETUP {
            self.mode.store(NONE, Ordering::Relaxed);
            // What was served from there lies elsewhere from now on: readable, not to be written.
            self.memory.store(ptr::null_mut(), Ordering::Relaxed);
            self.bytes.store(0, Ordering::Relaxed);
            self.lists.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }

    pub(super) fn enter(&self, base: *mut u8, bytes: usize) {
        self.lock.renew();
        refusal::forget();
        self.memory.store(base, Ordering::Relaxed);
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

    /// After the seal and without a heap.
    pub(super) fn is_without(&self) -> bool {
        self.mode.load(Ordering::Relaxed) == NONE
    }

    /// Counts a call that was made although there is no heap.
    pub(super) fn note_call(&self) {
        if self.is_without() {
            CALLS.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn calls_without() -> u32 {
        CALLS.load(Ordering::Relaxed)
    }

    /// Whether a block with this key can be one of the heap that serves this process.
    #[inline]
    pub(super) fn has_key(&self, key: u16) -> bool {
        self.key.load(Ordering::Relaxed) == key
    }

    #[inline]
    pub(super) fn place(&self, ptr: NonNull<u8>) -> Place {
        let start = self.memory.load(Ordering::Relaxed).addr();
        let offset = ptr.addr().get().wrapping_sub(start);
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

    #[inline]
    pub(super) fn serve(&self, held: &Held<'_>, size: usize, align: usize) -> Option<NonNull<u8>> {
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
    pub(super) fn serve_panic(&self, size: usize, align: usize) -> *mut u8 {
        let mode = self.mode.load(Ordering::Relaxed);
        self.note_call();
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
    pub(super) fn lists(&self, _held: &Held<'_>, place: Place) -> Option<NonNull<Lists>> {
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
        let Laid { lists, fixed } = unsafe { blocks::lay(base, self.bytes.load(Ordering::Relaxed)) }?;
        self.key.store(fresh_key(), Ordering::Relaxed);
        self.account(fixed, 0);
        self.lists.store(lists.as_ptr(), Ordering::Relaxed);
        Some(lists)
    }

    #[inline]
    pub(super) fn account(&self, more: usize, less: usize) {
        let used = self.used.load(Ordering::Relaxed).wrapping_add(more).wrapping_sub(less);
        self.used.store(used, Ordering::Relaxed);
        if used > self.peak.load(Ordering::Relaxed) {
            self.peak.store(used, Ordering::Relaxed);
        }
    }
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
