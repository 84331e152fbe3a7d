//! What happens to the daemons, as numbers for whoever observes the tree: a ring of the newest events in root's table.
//!
//! Every event costs root two stores. Only where the tree was started with an observer, which is named by the
//! environment variable `PERENNIAL_OBSERVER`, is anybody woken, and only then does a daemon tell root at once that it
//! is ready. A reader that is more than [`KEPT`] events behind finds that out and knows that it has missed some.

use super::block::MOST_DAEMONS;
use super::child::State;
use super::supervisor::Supervisor;
use crate::daemon::Ended;
use crate::sys::futex;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// Events that are kept.
pub const KEPT: usize = 512;

/// What happened to a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Its process was forked.
    Started = 1,
    /// It said that it is ready.
    Ready = 2,
    /// Its process has ended.
    Died = 3,
    /// It will not be started again.
    Over = 4,
    /// It died too often: the tree goes on without it.
    Abandoned = 5,
    /// It was asked to stop.
    Stopping = 6,
    /// A signal such as SIGSTOP has stopped its process.
    Frozen = 7,
    /// Its process goes on.
    Thawed = 8,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Started,
        Self::Ready,
        Self::Died,
        Self::Over,
        Self::Abandoned,
        Self::Stopping,
        Self::Frozen,
        Self::Thawed,
    ];
}

/// One event, which is one word of memory: kind, daemon, how it ended, detail, generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub kind: Kind,
    /// To which daemon, by its place in the tree.
    pub daemon: usize,
    /// To which of its incarnations; counts to 2³².
    pub generation: u64,
    /// How it died.
    pub ended: Ended,
    /// The signal or exit code that goes with it.
    pub detail: u8,
}

impl Happened {
    fn pack(self) -> u64 {
        let word = self.kind as u64 | (self.daemon as u64 & 0xff) << 8 | (self.ended as u64) << 16;
        word | u64::from(self.detail) << 24 | self.generation << 32
    }

    fn unpack(word: u64) -> Option<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u64 == word & 0xff)?;
        Some(Self {
            kind,
            daemon: (word >> 8) as usize & 0xff,
            generation: word >> 32,
            ended: Ended::from_number((word >> 16) as u32 & 0xff),
            detail: (word >> 24) as u8,
        })
    }
}

/// The newest events.
#[repr(C)]
pub struct Events {
    /// Events so far: what an observer waits on.
    pub told: AtomicU32,
    /// The daemons whose newest incarnation is known to be ready, a bit each; root's own note.
    ready: AtomicU64,
    words: [AtomicU64; KEPT],
}

impl Events {
    fn tell(&self, event: Happened, observed: bool) {
        let told = self.told.load(Ordering::Relaxed);
        if let Some(word) = self.words.get(told as usize % KEPT) {
            // Whoever sees this word in place of an older one must see the count that says so.
            fence(Ordering::Release);
            word.store(event.pack(), Ordering::Relaxed);
        }
        self.told.store(told.wrapping_add(1), Ordering::Release);
        if observed {
            futex::wake(&raw const self.told);
        }
    }

    /// Event number `at`, of those that have happened; `None` when it is not kept any more.
    pub fn get(&self, at: u32) -> Option<Happened> {
        let word = self.words.get(at as usize % KEPT)?.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        // Its successor in the same place is stored while as many as are kept have been told since.
        let behind = self.told.load(Ordering::Relaxed).wrapping_sub(at);
        if (behind as usize) < KEPT { Happened::unpack(word) } else { None }
    }
}

impl Supervisor {
    fn is_observed(&self) -> bool {
        self.arenas.block().observed.load(Ordering::Relaxed) != 0
    }

    /// Tells what has happened to the newest incarnation of daemon `index`.
    pub(super) fn tell(&self, index: usize, kind: Kind) {
        self.tell_end(index, kind, Ended::Unknown, 0);
    }

    /// Tells how the newest incarnation of daemon `index` has died, and before that that it was ready, if root has not
    /// had a look at it since.
    pub(super) fn tell_death(&self, index: usize, ended: Ended, detail: i32) {
        self.note_ready(index);
        self.tell_end(index, Kind::Died, ended, detail as u8);
    }

    fn tell_end(&self, index: usize, kind: Kind, ended: Ended, detail: u8) {
        let generation = self.child(index).generation;
        let events = &self.arenas.block().events;
        events.tell(Happened { kind, daemon: index, generation, ended, detail }, self.is_observed());
    }

    /// Tells once of each incarnation of daemon `index` that it is ready.
    pub(super) fn tell_ready(&self, index: usize) {
        let known = &self.arenas.block().events.ready;
        let bit = 1 << (index % MOST_DAEMONS);
        if known.load(Ordering::Relaxed) & bit == 0 {
            known.fetch_or(bit, Ordering::Relaxed);
            self.tell(index, Kind::Ready);
        }
    }

    /// Tells that daemon `index` was started.
    pub(super) fn tell_start(&self, index: usize) {
        self.arenas.block().events.ready.fetch_and(!(1 << (index % MOST_DAEMONS)), Ordering::Relaxed);
        self.tell(index, Kind::Started);
    }

    /// Looks for an observer at who is ready.
    pub(super) fn notice_ready(&self) {
        if !self.is_observed() {
            return;
        }
        for index in 0..self.count() {
            if self.child(index).state == State::Running {
                self.note_ready(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize) -> Happened {
        let kind = Kind::ALL[number % Kind::ALL.len()];
        let daemon = number % 64;
        Happened { kind, daemon, generation: number as u64, ended: Ended::Killed, detail: number as u8 }
    }

    #[test]
    fn the_newest_are_kept_and_older_ones_are_known_to_be_gone() {
        let events = Events {
            told: AtomicU32::new(u32::MAX - 1),
            ready: AtomicU64::new(0),
            words: [const { AtomicU64::new(0) }; KEPT],
        };
        for number in 0..2 * KEPT {
            events.tell(event(number), false);
        }
        let first = u32::MAX - 1;
        let at = |number: usize| events.get(first.wrapping_add(number as u32));
        assert!((0..=KEPT).all(|number| at(number).is_none()));
        assert!((KEPT + 1..2 * KEPT).all(|number| at(number) == Some(event(number))));
    }
}
