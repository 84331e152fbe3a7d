//! The header page of a region: all words that say how far commits have come.
//!
//! Only the owner writes it, through its alias; everybody reads it through the read-only mapping.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// First word of an initialised region.
pub const MAGIC: u64 = u64::from_le_bytes(*b"perenni1");

/// In [`RegionHeader::ladder`]: the state was reset, and the program has not been told.
pub const WAS_RESET: u64 = 1 << 51;

/// Others that a daemon can be subscribed to.
pub const MOST_SUBSCRIPTIONS: usize = 4;

/// In [`Heard::epoch`]: recovery has undone something of the subscriber's, perhaps what it had made of what it heard.
pub const UNHEARD: u64 = u64::MAX;

/// What a subscriber has dealt with of a peer's commits.
#[repr(C)]
pub struct Heard {
    /// The peer's epoch then, or [`UNHEARD`].
    pub epoch: AtomicU64,
    /// The peer's newest commit then.
    pub sequence: AtomicU64,
}

/// Answers kept in a header.
pub const ANSWERS: usize = 7;

/// The word that the kernel marks when its owner dies, with room on both sides for the node of the robust
/// list, which must lie at a distance fixed by libc from the word.
#[repr(C, align(64))]
pub struct RobustCell {
    before: UnsafeCell<[u8; 64]>,
    /// Owner's TID with the waiters' bit, then what became of it.
    pub word: AtomicU32,
    after: UnsafeCell<[u8; 60]>,
}

/// The answer to a request, committed together with the request's effects.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Answer {
    /// Which transaction, by name and result type.
    pub task: u64,
    /// The caller's request id.
    pub id: u64,
    /// Commit in which it was given; 0 for none. The oldest is replaced.
    pub sequence: u64,
    /// Bytes of `result` in use.
    pub len: u64,
    /// The encoded result.
    pub result: [u8; 256],
}

/// Rows for named checkpoints in a header. One of them is always free, so that a new checkpoint is complete
/// before an older one goes.
pub const CHECKPOINTS: usize = 4;

/// A committed state that was given a name, as long as the history leads back to it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Checkpoint {
    /// Its number from 1 on, stored last; 0 for none. The oldest is replaced.
    pub number: u64,
    /// Commit after which it was taken.
    pub sequence: u64,
    /// End of the history then.
    pub position: u64,
    /// Its name.
    pub name: crate::collections::Text<20>,
}

/// The first page of a region.
#[repr(C)]
pub struct RegionHeader {
    /// The owner's robust word; root waits on it.
    pub robust: RobustCell,
    /// [`MAGIC`] once initialised.
    pub magic: AtomicU64,
    /// Odd while the image is being changed.
    pub lock: AtomicU64,
    /// Counts resets, and commits that were undone.
    pub epoch: AtomicU64,
    /// Sequence number of the newest record: storing it is the commit point.
    pub published: AtomicU64,
    /// Sequence number of the newest record whose bytes are all in the image.
    pub applied: AtomicU64,
    /// Logical end of the history ring.
    pub history_head: AtomicU64,
    /// Logical start of the history ring.
    pub history_tail: AtomicU64,
    /// The epoch that a reset under way leads to; 0 if there is none.
    pub resetting: AtomicU64,
    /// How the owner waits: 0 not, 1 on futexes, 2 on its doorbell descriptor, 3 for something of its own that
    /// comes to an end by itself: peers need not wake it, and the watchdog takes it for idle; 4 for a transaction that
    /// may wait on futexes, and the watchdog does not. 8 is added while a signal handler runs meanwhile.
    pub waiting: AtomicU32,
    /// How `run` ended; see `daemon::outcome`.
    pub outcome: AtomicU32,
    /// Exit code asked for with `Handle::shutdown`, plus 1; 0 for none.
    pub shutdown: AtomicU32,
    /// Consumers whose head message is being handled, by field.
    pub attempting: AtomicU64,
    /// `published` when `attempting` was set: a later commit makes it void.
    pub attempting_at: AtomicU64,
    /// The newest stamp that the journal's index was opened with: the next incarnation goes on from there, so
    /// that no index need be cleared.
    pub stamp: AtomicU32,
    /// Where the consumers stood whose messages may be overwritten when `attempting` was set, as one sum.
    pub attempted: AtomicU32,
    /// Signs of life: root's watchdog looks whether it changes.
    pub heartbeat: AtomicU64,
    /// 1 once the incarnation is ready.
    pub ready: AtomicU32,
    /// What the owner is doing, an [`Activity`](crate::daemon::Activity).
    pub activity: AtomicU32,
    /// Deaths in a row that discredit the state: how far up the recovery ladder the daemon is. For readers: what
    /// counts is in `ladder`.
    pub climbed: AtomicU32,
    /// The user's function that recovery is calling, so that one that crashes is not called again; 0 for none.
    pub calling: AtomicU32,
    /// What the recovery ladder has made of the newest death, in one word; see `daemon::ladder`.
    pub ladder: AtomicU64,
    /// Where in the history the rollback under way leads to, plus 1; 0 if there is none.
    pub target: AtomicU64,
    /// `applied` when that rollback was planned.
    pub planned_at: AtomicU64,
    /// Whether the owner waits for news of those that it is subscribed to.
    pub news: AtomicU32,
    /// Whether the owner waits for what live rings hold.
    pub live: AtomicU32,
    /// What the owner has dealt with of each of them.
    pub heard: [Heard; MOST_SUBSCRIPTIONS],
    /// Named checkpoints.
    pub checkpoints: UnsafeCell<[Checkpoint; CHECKPOINTS]>,
    /// Positions of ring ends by field: 64-bit, monotone, kept by rollback and reset.
    pub positions: [AtomicU64; 64],
    /// What the crash handler or the panic hook of the owner wrote.
    pub report: UnsafeCell<[u64; 128]>,
    /// Recent answers.
    pub answers: UnsafeCell<[Answer; ANSWERS]>,
}

const _: () = assert!(size_of::<RegionHeader>() <= super::PAGE);
