//! How the driver and a daemon talk: a few words in memory that they share.

use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use perennial::prelude::*;
use perennial_figures::sys;

/// What the driver asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Job {
    /// Return from `run` when root asks; the first daemon shuts the tree down.
    Quit,
    OneWay,
    Lines,
    Pages,
    Mutex,
    Stamp,
    FillMap,
    FillOrderedMap,
    FillArray,
    Map,
    OrderedMap,
    Array,
}

impl Job {
    const ALL: [Self; 12] = [
        Self::Quit,
        Self::OneWay,
        Self::Lines,
        Self::Pages,
        Self::Mutex,
        Self::Stamp,
        Self::FillMap,
        Self::FillOrderedMap,
        Self::FillArray,
        Self::Map,
        Self::OrderedMap,
        Self::Array,
    ];
}

/// The daemons that are given work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Ping,
    Source,
    Hermit,
    Small,
    Large,
}

/// Who is given work.
pub const ALL: [Who; 5] = [Who::Ping, Who::Source, Who::Hermit, Who::Small, Who::Large];

/// The words. The driver writes `job` and advances `asked`; the daemon writes the rest and advances `answered`.
#[repr(C, align(128))]
pub struct Lane {
    job: AtomicU32,
    asked: AtomicU32,
    answered: AtomicU32,
    ours: AtomicU64,
    base: AtomicU64,
}

/// What the daemons of a pair say to each other without a ring.
#[repr(C, align(128))]
pub struct Shared {
    lanes: [Lane; ALL.len()],
    /// The ball of the floor of `ring_one_way`, to and fro.
    pub ping: AtomicU32,
    pub pong: AtomicU32,
    /// How many messages the sink is to have taken before it says so.
    pub wanted: AtomicU64,
    /// How often it has said so.
    pub taken: AtomicU32,
    /// Where floors copy to and from.
    pub bytes: Bytes,
}

/// Memory that is only reached through a pointer.
#[repr(C, align(4096))]
pub struct Bytes(core::cell::UnsafeCell<[u8; Self::LEN]>);

// SAFETY: never read or written but through raw pointers, by one process at a time.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// As many bytes as there are.
    pub const LEN: usize = 1 << 19;

    /// Where they are.
    pub fn at(&self) -> *mut u8 {
        self.0.get().cast()
    }
}

static SHARED: AtomicPtr<Shared> = AtomicPtr::new(core::ptr::null_mut());

/// Makes the words; in root, before anything is forked.
pub fn create() {
    SHARED.store(sys::shared_memory(size_of::<Shared>()).cast(), Relaxed);
}

/// What all share.
pub fn shared() -> &'static Shared {
    // SAFETY: `create` mapped it, all-zero, for ever; it holds atomics, and bytes that are reached through pointers.
    unsafe { &*SHARED.load(Relaxed) }
}

/// The lane of a daemon.
pub fn lane(who: Who) -> &'static Lane {
    &shared().lanes[who as usize]
}

impl Lane {
    /// Has the daemon do `job`; `None` when it does not answer or could not do it.
    pub fn ask(&self, job: Job) -> Option<(u64, u64)> {
        let before = self.answered.load(SeqCst);
        self.job.store(job as u32, SeqCst);
        sys::advance(&self.asked);
        let answered = sys::wait_while(&self.answered, before);
        let (ours, base) = (self.ours.load(SeqCst), self.base.load(SeqCst));
        (answered && ours != 0 && base != 0).then_some((ours, base))
    }
}

/// The times of both sides of one batch.
pub type Times = Result<(u64, u64), Error>;

/// What a daemon that is given work runs.
pub fn serve<D: Daemon>(
    me: &mut Handle<D>,
    who: Who,
    mut work: impl FnMut(&mut Handle<D>, Job) -> Times,
) -> Outcome {
    me.ready();
    let lane = lane(who);
    let mut served = 0;
    loop {
        if !sys::wait_while(&lane.asked, served) {
            return Err(Error::new("the driver is gone"));
        }
        served = lane.asked.load(SeqCst);
        let job = Job::ALL[lane.job.load(SeqCst) as usize % Job::ALL.len()];
        let (ours, base) = if job == Job::Quit { (1, 1) } else { work(me, job)? };
        lane.ours.store(ours, SeqCst);
        lane.base.store(base, SeqCst);
        if job == Job::Quit && who == ALL[0] {
            me.shutdown(0);
        }
        sys::advance(&lane.answered);
        if job == Job::Quit {
            return me.wait_for_stop();
        }
    }
}

/// Times `times` calls, in picoseconds each.
pub fn timed(times: usize, mut call: impl FnMut(usize)) -> u64 {
    let start = sys::now();
    for n in 0..times {
        call(n);
    }
    ((sys::now() - start) * 1000 / times as u64).max(1)
}
