//! Resets: how a region gets to its initial state, which a successor finishes wherever its predecessor died.

use super::{Atomic, enter, leave};
use crate::fault::{self, Point};
use core::sync::atomic::Ordering;

/// The words. All of them are the owner's.
pub struct Reset<'a, A> {
    /// The sequence lock.
    pub lock: &'a A,
    /// Counts resets, and commits that were undone.
    pub epoch: &'a A,
    /// The newest record that is all in the image, or that has been given up.
    pub applied: &'a A,
    /// The epoch that a reset under way leads to; 0 if there is none.
    pub resetting: &'a A,
    /// Where it is noted that the program is to be told.
    pub told: &'a A,
    /// The bit there.
    pub mark: u64,
}

impl<A: Atomic<Value = u64>> Reset<'_, A> {
    /// The first step: from here on recovery completes it.
    pub fn announce(&self) {
        // The epoch to come, so that a reset that is interrupted and begun again counts once.
        self.resetting.store(self.epoch.load(Ordering::Relaxed) + 1, Ordering::Release);
        fault::point(Point::ResetStarted);
    }

    /// Takes the first steps, and is done with the newest record, `published`, which can not be applied.
    pub fn give_up(&self, published: u64) {
        // Announced before anything else says that the record is done with, or a second crash here would make the torn
        // image pass for a committed one.
        self.announce();
        // Nor may a reader take what it finds for the commit that the record was to make.
        enter(self.lock);
        self.applied.store(published, Ordering::Release);
    }

    /// Whether a reset was announced and is not finished.
    pub fn is_under_way(&self) -> bool {
        self.resetting.load(Ordering::Acquire) != 0
    }

    /// Has `clear` bring the image to the initial state, which can be done any number of times, and opens the new epoch.
    pub fn finish(&self, clear: impl FnOnce()) {
        let odd = enter(self.lock);
        clear();
        fault::point(Point::ResetCleared);
        // While recovery would still finish the reset, or a death in between would let it pass for a state that was
        // committed.
        self.told.store(self.told.load(Ordering::Relaxed) | self.mark, Ordering::Release);
        self.epoch.store(self.resetting.load(Ordering::Relaxed), Ordering::Release);
        self.resetting.store(0, Ordering::Release);
        leave(self.lock, odd);
        fault::point(Point::ResetDone);
    }
}
