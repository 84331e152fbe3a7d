//! The last refused request. A process that is refused memory usually ends by `handle_alloc_error`
//! or a null pointer, and its crash report has to say that the budget was the cause, and where.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many return addresses are kept.
pub const FRAMES: usize = 16;

/// A request that the heap refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Bytes asked for.
    pub bytes: usize,
    /// Alignment asked for.
    pub align: usize,
    /// How many requests were refused so far, this one included.
    pub count: usize,
    /// Return addresses, innermost first, the allocator's own included; zero where there are no
    /// more.
    pub frames: [usize; FRAMES],
}

static COUNT: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
static ALIGN: AtomicUsize = AtomicUsize::new(0);
static PLACE: [AtomicUsize; FRAMES] = [const { AtomicUsize::new(0) }; FRAMES];
/// Set while somebody records, so that a second thread, or an unwinder that allocates, does not.
static BUSY: AtomicBool = AtomicBool::new(false);

/// Records a refusal. `walk` is false before the program has started, when its own unwinding
/// tables may not be known yet.
#[cold]
#[inline(never)]
pub(super) fn record(bytes: usize, align: usize, walk: bool) {
    if BUSY.swap(true, Ordering::Acquire) {
        return;
    }
    BYTES.store(bytes, Ordering::Relaxed);
    ALIGN.store(align, Ordering::Relaxed);
    let mut frames = Frames { addresses: [0; FRAMES], len: 0 };
    if walk {
        // SAFETY: `note` has the signature that the unwinder calls, and gets the `frames` that live
        // in this function, for as long as the call lasts.
        unsafe { _Unwind_Backtrace(note, (&raw mut frames).cast()) };
    }
    for (to, from) in PLACE.iter().zip(frames.addresses) {
        to.store(from, Ordering::Relaxed);
    }
    COUNT.fetch_add(1, Ordering::Release);
    BUSY.store(false, Ordering::Release);
}

pub(super) fn last() -> Option<Refused> {
    let count = COUNT.load(Ordering::Acquire);
    (count > 0).then(|| Refused {
        bytes: BYTES.load(Ordering::Relaxed),
        align: ALIGN.load(Ordering::Relaxed),
        count,
        frames: PLACE.each_ref().map(|address| address.load(Ordering::Relaxed)),
    })
}

/// Forgets what was recorded in the process that this one was forked from.
pub(super) fn forget() {
    // Looking first: most have nothing to forget, and a store would copy the page.
    if COUNT.load(Ordering::Relaxed) != 0 || BUSY.load(Ordering::Relaxed) {
        COUNT.store(0, Ordering::Relaxed);
        BUSY.store(false, Ordering::Relaxed);
    }
}

struct Frames {
    addresses: [usize; FRAMES],
    len: usize,
}

type Trace = extern "C" fn(context: *mut c_void, frames: *mut c_void) -> c_int;

/// `_URC_NO_REASON`: go on.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`: enough.
const ENOUGH: c_int = 4;

extern "C" fn note(context: *mut c_void, frames: *mut c_void) -> c_int {
    // SAFETY: `frames` is what `record` passed on, and only this thread uses it; the context is the
    // one that the unwinder passes for the time of this call.
    unsafe {
        let frames = &mut *frames.cast::<Frames>();
        let Some(slot) = frames.addresses.get_mut(frames.len) else {
            return ENOUGH;
        };
        *slot = _Unwind_GetIP(context);
        frames.len += 1;
    }
    GO_ON
}

// Of the unwinder that std itself links. It allocates nothing where the loader finds the tables,
// which glibc does.
unsafe extern "C" {
    fn _Unwind_Backtrace(trace: Trace, frames: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}
