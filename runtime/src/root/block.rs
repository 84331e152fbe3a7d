//! Root's own table at the start of the state arena: what the tree looks like now.
//!
//! Root alone writes it; daemons, readers and tools read it.

use crate::layout::PAGE;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// Daemons that a root can have.
pub const MOST_DAEMONS: usize = 64;

/// First word of the table.
pub const MAGIC: u64 = u64::from_le_bytes(*b"perroot1");

/// What a daemon is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    /// Not started yet.
    Pending = 0,
    /// Forked.
    Running = 1,
    /// Dead, waiting for its backoff.
    Backoff = 2,
    /// Asked to stop.
    Stopping = 3,
    /// Ended and not to be started again.
    Ended = 4,
}

impl Phase {
    /// The phase with this number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Backoff,
            3 => Self::Stopping,
            4 => Self::Ended,
            _ => Self::Pending,
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Backoff => "backoff",
            Self::Stopping => "stopping",
            Self::Ended => "ended",
        }
    }
}

/// One daemon's row.
#[repr(C, align(128))]
pub struct Entry {
    /// Number of the incarnation, from 1.
    pub generation: AtomicU64,
    /// Monotonic nanoseconds when the incarnation was forked.
    pub started: AtomicU64,
    /// Its PID.
    pub pid: AtomicU32,
    /// A [`Phase`].
    pub phase: AtomicU32,
    /// Times it was started again.
    pub restarts: AtomicU32,
    /// 1 once the daemon is asked to stop; it waits on this word.
    pub desired: AtomicU32,
}

/// The table.
#[repr(C, align(128))]
pub struct Block {
    /// [`MAGIC`].
    pub magic: AtomicU64,
    /// Fingerprint of the tree's layout, so that a reader of another build notices.
    pub fingerprint: AtomicU64,
    /// Root's PID.
    pub pid: AtomicU32,
    /// Number of daemons.
    pub daemons: AtomicU32,
    /// Monotonic nanoseconds when the tree was started.
    pub started: AtomicU64,
    /// One row a daemon.
    pub entries: [Entry; MOST_DAEMONS],
}

const _: () = assert!(size_of::<Block>() <= 4 * PAGE);
/// Bytes that the table takes in the arena.
pub const BLOCK: usize = 4 * PAGE;
