//! The end of a daemon that is not started again.
//!
//! It may have died in the middle of a commit: published, and seen by one consumer and not by another; or before it had
//! woken who waits for it. A newborn makes that good before anything else. Here there is none, so one more incarnation is
//! forked which does that and nothing else (a *restart light*, as databases call it). Until it has ended, the daemon counts
//! as one that will be started again. When the whole tree stops, nobody is left to see the difference.

use super::block::Phase;
use super::child::{Retiring, State};
use super::supervisor::Supervisor;
use super::time::Time;
use crate::daemon::Ended;
use core::sync::atomic::Ordering;
use log::Level;

/// Incarnations that may die while they recover before root gives it up.
const TRIES: u32 = 8;

/// How long to wait before the next of them.
const PAUSE: Time = Time::from_nanos(10_000_000);

impl Supervisor {
    /// From now on daemon `index`, which is dead, is not started again, and is `phase` once nothing of it is half done.
    pub(super) fn retire(&mut self, index: usize, phase: Phase) {
        let unsettled = self.child(index).generation > 0 && self.is_unsettled(index);
        let child = self.child_mut(index);
        child.regroup = None;
        if unsettled && self.stopping.is_none() {
            self.child_mut(index).retiring = Some(Retiring { phase, failures: 0 });
            self.recover_only(index, Time::ZERO);
        } else {
            self.conclude(index, phase);
        }
    }

    /// An incarnation that was to recover only has ended.
    pub(super) fn bury_retiring(&mut self, index: usize, retiring: Retiring) {
        let entry = self.entry(index);
        // How the daemon ended is what its last incarnation but this has to say.
        let words = [&entry.ended, &entry.ended_detail].map(|word| (word, word.load(Ordering::Relaxed)));
        let found = self.examine(index);
        for (word, before) in words {
            word.store(before, Ordering::Release);
        }
        let pid = self.child(index).pid;
        if found.ended == Ended::Done || self.stopping.is_some() {
            return self.conclude(index, retiring.phase);
        }
        let failures = retiring.failures.saturating_add(1);
        let line =
            found.line(Level::Error, self.daemon(index).name, pid).text("; its last commit is recovered ");
        if failures < TRIES {
            line.text("by another").log();
            self.child_mut(index).retiring = Some(Retiring { failures, ..retiring });
            self.recover_only(index, Time::now().plus(PAUSE));
        } else {
            line.text("no more").log();
            self.conclude(index, retiring.phase);
        }
    }

    fn recover_only(&mut self, index: usize, at: Time) {
        self.child_mut(index).state = State::Due(at);
        self.set_phase(index, Phase::Backoff);
    }

    fn conclude(&mut self, index: usize, phase: Phase) {
        let child = self.child_mut(index);
        (child.state, child.regroup, child.retiring) = (State::Ended, None, None);
        self.set_phase(index, phase);
    }

    /// Whether the dead daemon may have left something half done: who ended `run` had come to the end of every commit.
    fn is_unsettled(&self, index: usize) -> bool {
        let header = self.header(index);
        let ended = Ended::from_number(self.entry(index).ended.load(Ordering::Relaxed));
        !matches!(ended, Ended::Done | Ended::Failed | Ended::Panicked)
            || header.published.load(Ordering::Acquire) != header.applied.load(Ordering::Acquire)
            || header.lock.load(Ordering::Acquire) & 1 == 1
            || header.resetting.load(Ordering::Acquire) != 0
    }
}
