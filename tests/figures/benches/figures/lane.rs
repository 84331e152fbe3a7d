//! How the driver and one daemon talk: a few words in memory that both share.

use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use perennial_figures::sys;

/// Number of daemons.
pub const LANES: usize = 4;
/// The sizes of their states.
pub const SIZES: [&str; LANES] = ["4MiB", "64MiB", "1GiB", "4GiB"];

/// What the driver asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Job {
    /// Transactions one after the other, over bare forks.
    Flights = 1,
    /// Single transactions, each after the one before is gone, over bare forks.
    Answers = 2,
    /// The same with 16 changes each.
    Answers16 = 9,
    /// The same with 256.
    Answers256 = 10,
    /// Commits of one range, over their floor.
    Commit1 = 3,
    /// Commits of 16 ranges.
    Commit16 = 4,
    /// Commits of 256 ranges.
    Commit256 = 5,
    /// Transactions whose first attempt crashes, over bare forks.
    Retries = 7,
    /// Crash; there is no answer.
    Crash = 8,
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
    /// Attempts of transactions that crash the first time.
    pub attempts: AtomicU32,
    /// When a process was about to crash.
    pub crashed_at: AtomicU64,
    /// When the attempt after it began.
    pub retried_at: AtomicU64,
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
        let flights = [Self::Flights, Self::Answers, Self::Answers16, Self::Answers256, Self::Retries];
        let commits = [Self::Commit1, Self::Commit16, Self::Commit256];
        let ends = [Self::Crash, Self::Quit];
        flights.into_iter().chain(commits).chain(ends).find(|job| *job as u32 == number)
    }
}

impl Lane {
    /// Has the daemon do `job`, without waiting for it.
    pub fn tell(&self, job: Job) {
        self.job.store(job as u32, SeqCst);
        sys::advance(&self.asked);
    }

    /// Notes the time and crashes.
    pub fn crash(&self) {
        self.crashed_at.store(sys::now(), SeqCst);
        // SAFETY: none; that the process ends here is what is measured.
        unsafe { core::hint::black_box(core::ptr::null_mut::<u8>()).write_volatile(0) };
    }

    /// What a transaction does that crashes in its first attempt.
    pub fn crash_first(&self) {
        let now = sys::now();
        if self.attempts.fetch_add(1, SeqCst).is_multiple_of(2) {
            self.crash();
        } else {
            self.retried_at.store(now, SeqCst);
            // For a tracer, which sees no clock being read.
            // SAFETY: takes a number.
            unsafe { libc::getpgid(0) };
        }
    }

    /// Has the daemon do `job`; `None` when it does not answer. Times are in nanoseconds.
    pub fn ask(&self, job: Job) -> Option<(u64, u64)> {
        let before = self.answered.load(SeqCst);
        self.tell(job);
        sys::wait_while(&self.answered, before).then(|| (self.ours.load(SeqCst), self.base.load(SeqCst)))
    }
}
