//! How the driver and one daemon talk: a few words in memory that both share.

use crate::sys;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// Number of daemons.
pub const LANES: usize = 3;

/// What the driver asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Job {
    /// Transactions one after the other, over bare forks.
    Flights = 1,
    /// Single transactions, each after the one before is gone, over bare forks.
    Answers = 2,
    /// Commits of one range, over their floor.
    Commit1 = 3,
    /// Commits of 16 ranges.
    Commit16 = 4,
    /// Commits of 256 ranges.
    Commit256 = 5,
    /// Return from `run` when root asks; the first daemon shuts the tree down.
    Quit = 6,
}

/// The words. The driver writes `job` and advances `asked`; the daemon writes the rest and advances
/// `answered` or `entered`.
#[repr(C, align(128))]
pub struct Lane {
    /// A [`Job`].
    pub job: AtomicU32,
    /// Jobs given.
    pub asked: AtomicU32,
    /// Jobs done.
    pub answered: AtomicU32,
    /// Times that `run` was entered.
    pub entered: AtomicU32,
    /// Incarnations that have touched all of their state.
    pub touched: AtomicU32,
    /// PID of the daemon.
    pub pid: AtomicU32,
    /// When `run` was entered last.
    pub entered_at: AtomicU64,
    /// Nanoseconds of one operation in the last batch.
    pub ours: AtomicU64,
    /// Nanoseconds of its floor.
    pub base: AtomicU64,
    /// Resident bytes of the daemon.
    pub resident: AtomicU64,
}

static LANES_AT: AtomicPtr<Lane> = AtomicPtr::new(core::ptr::null_mut());

/// Makes the lanes; in root, before anything is forked.
pub fn create() {
    LANES_AT.store(sys::shared_memory(size_of::<[Lane; LANES]>()).cast(), Relaxed);
}

/// A lane.
pub fn lane(index: usize) -> &'static Lane {
    assert!(index < LANES);
    // SAFETY: `create` mapped that many, all-zero, for ever; all fields are atomics.
    unsafe { &*LANES_AT.load(Relaxed).add(index) }
}

impl Job {
    /// The job with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::Flights, Self::Answers, Self::Commit1, Self::Commit16, Self::Commit256, Self::Quit]
            .into_iter()
            .find(|job| *job as u32 == number)
    }
}

impl Lane {
    /// Has the daemon do `job`; `None` when it does not answer. Times are in nanoseconds.
    pub fn ask(&self, job: Job) -> Option<(u64, u64)> {
        let before = self.answered.load(SeqCst);
        self.job.store(job as u32, SeqCst);
        sys::advance(&self.asked);
        sys::wait_while(&self.answered, before).then(|| (self.ours.load(SeqCst), self.base.load(SeqCst)))
    }
}
