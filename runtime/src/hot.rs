//! What the runtime keeps in a process's own memory and changes on the way of a transaction, all in one page.
//!
//! After a fork the first store to a page of a process's own copies it, in the child and again in the parent,
//! and each copy takes longer than all that the runtime stores there. So whatever changes lies together.

use crate::commit::Log;
use crate::flight::Children;
use crate::foreign::{RANGES, Range};
use crate::heap::Process;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

/// The page.
#[repr(C, align(4096))]
pub struct Hot {
    /// The heap that serves this process.
    pub heap: Process,
    /// Where this process reports a crash; see `report::direct`.
    pub report: AtomicPtr<crate::report::Report>,
    /// The word by which it announces one.
    pub word: AtomicPtr<AtomicU32>,
    /// Whether it is writing a report of its crash.
    pub reporting: AtomicBool,
    /// Where it notes what the heap refused.
    pub refused: AtomicPtr<AtomicU64>,
    /// Changes whenever a child of this daemon ended; flights wait on it beside their own word.
    pub child_ended: AtomicU32,
    /// A daemon's children.
    pub children: Children,
    /// The PID of this process; what it forks looks here whether it is still there.
    pub pid: AtomicI32,
    /// Whether this process was forked by code that is not the runtime's.
    pub foreign: AtomicBool,
    /// The name that the log shows; null in root.
    pub name: AtomicPtr<u8>,
    /// Its length.
    pub name_len: AtomicUsize,
    /// The incarnation that the log shows; 0 in root.
    pub generation: AtomicU64,
    /// Whether this process is a transaction.
    pub transaction: AtomicBool,
    /// Shared memory that this process may write.
    pub writable: [Range; RANGES],
    /// What [`share`] was told.
    pub family: Range,
    /// Whether the fork under way is one of the runtime's.
    pub forking: AtomicBool,
    /// The header of the daemon that this process is, while it waits.
    pub waits: AtomicPtr<crate::layout::RegionHeader>,
    /// Where root's watchdog says that it is to be told when the daemon goes on; null if there is none.
    pub watching: AtomicPtr<AtomicU32>,
    /// The header of the daemon that this process is, and what root wants of it; null unless a ring of its own waits
    /// when it is full.
    pub patient: (AtomicPtr<crate::layout::RegionHeader>, AtomicPtr<AtomicU32>),
    /// Where this process says, as a transaction, that it waits for room in a ring; null in a daemon.
    pub crowded: AtomicPtr<AtomicU64>,
    log: Log,
}

// SAFETY: all but the log is atomic or locked; the log is reached through `log` alone, whose caller vouches for
// one thread.
unsafe impl Sync for Hot {}

/// The page of this process.
pub static HOT: Hot = Hot {
    heap: Process::new(),
    report: AtomicPtr::new(ptr::null_mut()),
    word: AtomicPtr::new(ptr::null_mut()),
    reporting: AtomicBool::new(false),
    refused: AtomicPtr::new(ptr::null_mut()),
    child_ended: AtomicU32::new(0),
    children: Children::none(),
    pid: AtomicI32::new(0),
    foreign: AtomicBool::new(false),
    name: AtomicPtr::new(ptr::null_mut()),
    name_len: AtomicUsize::new(0),
    generation: AtomicU64::new(0),
    transaction: AtomicBool::new(false),
    writable: [const { Range::none() }; RANGES],
    family: Range::none(),
    forking: AtomicBool::new(false),
    waits: AtomicPtr::new(ptr::null_mut()),
    watching: AtomicPtr::new(ptr::null_mut()),
    patient: (AtomicPtr::new(ptr::null_mut()), AtomicPtr::new(ptr::null_mut())),
    crowded: AtomicPtr::new(ptr::null_mut()),
    log: Log::closed(),
};

const _: () = assert!(size_of::<Hot>() == 4096);

/// Says what the family of this process and what it forks share for all of them to write.
///
/// # Safety
/// The memory must be used for nothing else, and stay where it is, until the process ends.
pub unsafe fn share(start: *mut u8, len: usize) {
    HOT.family.set(start, len);
}

/// The log of a daemon and of its transactions.
///
/// # Safety
/// Only a daemon's main thread may use it, or the main thread of its transaction.
pub unsafe fn log() -> NonNull<Log> {
    NonNull::from(&HOT.log)
}
