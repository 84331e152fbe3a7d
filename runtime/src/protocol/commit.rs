//! How far commits have come: the words of a region's header that a successor goes on from.

use super::{Atomic, close, enter, leave};
use crate::fault::{self, Point};
use core::sync::atomic::Ordering;

/// The words. All of them are the owner's.
pub struct Progress<'a, A> {
    /// The sequence lock.
    pub lock: &'a A,
    /// Counts resets, and commits that were undone.
    pub epoch: &'a A,
    /// The newest record.
    pub published: &'a A,
    /// The newest record that is all in the image.
    pub applied: &'a A,
    /// Logical end of the history.
    pub history_head: &'a A,
}

/// What a record says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// Its own number.
    pub sequence: u64,
    /// The epoch that it leads to.
    pub epoch: u64,
    /// Where the history ends then.
    pub history_head: u64,
}

impl<A: Atomic<Value = u64>> Progress<'_, A> {
    /// Has `write` complete the record of the number that it is told, and makes that the newest: the commit point. The
    /// one before must have been applied.
    #[inline]
    pub fn publish<R>(&self, write: impl FnOnce(u64) -> R) -> R {
        let sequence = self.published.load(Ordering::Relaxed) + 1;
        let record = write(sequence);
        fault::point(Point::CommitSealed);
        self.published.store(sequence, Ordering::Release);
        fault::point(Point::CommitPublished);
        record
    }

    /// Has `write` bring the image to what the published record says, which can be done any number of times.
    #[inline]
    pub fn apply<R>(&self, record: Numbers, write: impl FnOnce() -> R) -> R {
        // Nor is any byte of the image changed before the record is published.
        let odd = enter(self.lock);
        fault::point(Point::ApplyLocked);
        let written = write();
        self.history_head.store(record.history_head, Ordering::Release);
        self.epoch.store(record.epoch, Ordering::Release);
        self.applied.store(record.sequence, Ordering::Release);
        fault::point(Point::ApplyDone);
        leave(self.lock, odd);
        written
    }

    /// Ends what a predecessor left: has `replay` deal with a record that was published and not fully applied, whose
    /// number it is told, and `reset` with a reset under way.
    pub fn recover(&self, replay: impl FnOnce(u64), reset: impl FnOnce()) {
        let published = self.published.load(Ordering::Acquire);
        if published != self.applied.load(Ordering::Acquire) {
            replay(published);
            fault::point(Point::RecoverReplayed);
        }
        reset();
        // Readers wait while the lock is odd; a predecessor may have died holding it after `applied`.
        close(self.lock);
    }
}
