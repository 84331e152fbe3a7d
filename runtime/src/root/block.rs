//! Root's own table at the start of the state arena: what the tree looks like now.
//!
//! Root alone writes it; daemons, readers and tools read it.

use super::events::Events;
use crate::daemon::MOST_PEERS;
use crate::layout::ROOT_BLOCK;
use crate::state::FieldInfo;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Daemons that a root can have.
pub const MOST_DAEMONS: usize = 64;

/// Rings that a root can have: each takes one of its peers from two ends.
const MOST_RINGS: usize = MOST_DAEMONS * MOST_PEERS / 2;

/// First word of the table.
pub const MAGIC: u64 = u64::from_le_bytes(*b"perroot1");

/// What a daemon is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    /// Not started yet.
    Pending = 0,
    /// Forked and ready.
    Running = 1,
    /// Dead, waiting for its backoff.
    Backoff = 2,
    /// Asked to stop.
    Stopping = 3,
    /// Ended and not to be started again.
    Ended = 4,
    /// Forked, not ready yet.
    Starting = 5,
    /// Waiting until the daemons that it depends on are ready.
    Waiting = 6,
    /// Stopped by a signal such as SIGSTOP.
    Frozen = 7,
    /// Died too often: the tree goes on without it.
    Abandoned = 8,
}

impl Phase {
    /// The phase with this number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Backoff,
            3 => Self::Stopping,
            4 => Self::Ended,
            5 => Self::Starting,
            6 => Self::Waiting,
            7 => Self::Frozen,
            8 => Self::Abandoned,
            _ => Self::Pending,
        }
    }

    /// The phase of a daemon whose header says whether it is `ready`: root looks there only when it has a reason to.
    #[must_use]
    pub fn seen(self, ready: bool) -> Self {
        if self == Self::Starting && ready { Self::Running } else { self }
    }

    /// Whether there is a process.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Running | Self::Stopping | Self::Starting | Self::Frozen)
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Backoff => "backoff",
            Self::Stopping => "stopping",
            Self::Ended => "ended",
            Self::Starting => "starting",
            Self::Waiting => "waiting",
            Self::Frozen => "frozen",
            Self::Abandoned => "abandoned",
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
    /// What root wants of the daemon, which waits on this word: [`STOP`](Self::STOP), counts of
    /// [`RELOAD`](Self::RELOAD) and of [`REPLAY`](Self::REPLAY). One word for all three: each that a daemon sleeps on, and
    /// can only read, costs the kernel two looks at page tables.
    pub desired: AtomicU32,
    /// How the last incarnation ended, an [`Ended`](crate::daemon::Ended).
    pub ended: AtomicU32,
    /// The signal or the exit code that goes with it.
    pub ended_detail: AtomicU32,
    /// What the newborn is to do, an [`Order`].
    pub order: AtomicU32,
    /// 1 while root wants to be told when the daemon stops waiting: its watchdog sleeps.
    pub watching: AtomicU32,
    /// Where its region begins in the arena.
    pub region: AtomicU64,
    /// Identifies the table of its fields, so that a reader knows what it reads.
    pub fields: AtomicU64,
    /// The beginning of its name, with zeros behind it.
    pub name: [AtomicU64; NAME / 8],
}

impl Entry {
    /// In `desired`: the daemon is to stop.
    pub const STOP: u32 = 1;
    /// One more request to read configuration again. What too many of them add to the next count does no harm: it is
    /// looked at once for nothing.
    pub const RELOAD: u32 = 2;
    /// One more request to deliver dead letters again; what is asked for is in [`Block::replays`]. Should so many come
    /// between two waits that the count is what it was, they are carried out with the next one.
    pub const REPLAY: u32 = 1 << 16;
}

/// Bytes of a daemon's name that the table has room for.
const NAME: usize = 56;

impl Entry {
    /// Says who the daemon is.
    pub fn introduce(&self, name: &str, region: usize, fields: &[FieldInfo]) {
        self.region.store(region as u64, Ordering::Relaxed);
        self.fields.store(fingerprint(fields), Ordering::Relaxed);
        for (word, part) in self.name.iter().zip(words(name)) {
            word.store(part, Ordering::Relaxed);
        }
    }

    /// The name, as far as there is room for it.
    #[cfg(feature = "test")]
    pub fn shown_name(&self) -> String {
        let bytes = self.name.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes());
        let bytes: Vec<u8> = bytes.take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether the daemon's state consists of these fields.
    #[cfg(feature = "test")]
    pub fn consists_of(&self, fields: &[FieldInfo]) -> bool {
        self.fields.load(Ordering::Relaxed) == fingerprint(fields)
    }
}

/// The first bytes of `name` as words.
fn words(name: &str) -> [u64; NAME / 8] {
    let mut bytes = name.bytes().chain(core::iter::repeat(0));
    [(); NAME / 8].map(|()| u64::from_ne_bytes([(); 8].map(|()| bytes.next().unwrap_or(0))))
}

fn fingerprint(fields: &[FieldInfo]) -> u64 {
    fields.iter().fold(0, |hash, field| {
        let parts = [hash, crate::state::fingerprint(field.ty, &[]), field.offset as u64, field.size as u64];
        crate::state::fingerprint(field.name, &parts)
    })
}

/// What root tells a newborn daemon about its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Order {
    /// The predecessor was healthy: the recovery ladder begins anew.
    Fresh = 0,
    /// The predecessor died too soon: the next rung of the ladder, if the death discredits the state.
    Climb = 1,
    /// Start from all-zero state.
    Reset = 2,
    /// The predecessor did not die of itself but was stopped together with others.
    Regrouped = 3,
    /// The same, and the predecessor had been healthy: the recovery ladder begins anew.
    Renewed = 4,
    /// The daemon is not started again: complete the last commit, wake whoever waits for it, and end.
    RecoverOnly = 5,
}

impl Order {
    /// Whether the predecessor was stopped together with others.
    pub fn is_regrouped(self) -> bool {
        matches!(self, Self::Regrouped | Self::Renewed)
    }

    /// The order with this number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Climb,
            2 => Self::Reset,
            3 => Self::Regrouped,
            4 => Self::Renewed,
            5 => Self::RecoverOnly,
            _ => Self::Fresh,
        }
    }
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
    /// The most detailed level that is logged, a `log::LevelFilter`.
    pub log_level: AtomicU32,
    /// What root has taken from its heap since the seal, in calls: 0 for ever.
    pub allocations: AtomicU32,
    /// 1 where somebody observes the tree, and wants to hear of all that happens at once.
    pub observed: AtomicU32,
    /// One row a daemon.
    pub entries: [Entry; MOST_DAEMONS],
    /// By ring, in the tree's order: dead letters that its consumer was asked to deliver again, in its whole life and
    /// modulo 2^32. The consumer keeps how many of them it has been at, so no request takes another's place.
    pub replays: [AtomicU32; MOST_RINGS],
    /// What happened to the daemons.
    pub events: Events,
}

const _: () = assert!(size_of::<Block>() <= BLOCK);
/// Bytes that the table takes in the arena.
pub const BLOCK: usize = ROOT_BLOCK;
