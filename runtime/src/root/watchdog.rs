//! Root's watchdog: a daemon that gives no sign of life for its `watchdog` time, and is not waiting, hangs.
//!
//! Root looks at a daemon's heartbeat a few times in each period, as long as the daemon works. A daemon that waits
//! is left alone until it says that it has stopped waiting, so an idle tree causes no wake-ups. The clock is the
//! monotonic one, which neither steps nor counts while the machine sleeps. Time in which root itself could not run,
//! because it was stopped or the machine stood still, counts for nobody: the daemons may not have run either. After
//! a long one every daemon gets a whole new period.

use super::child::State;
use super::stop::AGAIN;
use super::supervisor::Supervisor;
use super::time::Time;
use crate::daemon::{Activity, Core, Ended};
use crate::logger::Line;
use crate::protocol::waiting;
use crate::sys::process;
use core::sync::atomic::Ordering;
use log::Level;

/// Looks in one period.
const LOOKS: u64 = 4;
/// The longest that a daemon gets between SIGABRT, for its report, and SIGKILL.
const GRACE: Time = Time::from_nanos(1_000_000_000);
/// Root is late by more than this only if it, and perhaps everybody, could not run.
const OVERSLEPT: Time = Time::from_nanos(250_000_000);

/// What the watchdog knows of one incarnation.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// The heartbeat when it was last looked at.
    beat: u64,
    /// When it was last seen to live.
    seen: Time,
    /// Whether it waited then, and says when it stops.
    idle: bool,
    /// Whether a signal has stopped it.
    pub frozen: bool,
    /// How it will have ended if it is being ended.
    pub sentence: Ended,
    /// Until when it must be ready, as was said when it was forked.
    pub limit: Option<Time>,
    /// When it is to be looked at again; to be killed, once there is a sentence.
    due: Option<Time>,
}

impl Watch {
    /// Of a daemon that was never started.
    pub const fn new() -> Self {
        Self {
            beat: 0,
            seen: Time::ZERO,
            idle: false,
            frozen: false,
            sentence: Ended::Unknown,
            limit: None,
            due: Some(Time::ZERO),
        }
    }

    /// Of an incarnation forked at `now`.
    pub const fn begun(now: Time) -> Self {
        Self { seen: now, ..Self::new() }
    }

    /// When root must look again.
    pub const fn due(&self) -> Option<Time> {
        self.due
    }
}

impl Supervisor {
    /// Looks at every daemon that must be looked at, in the round of root's loop that began at `begun`.
    pub(super) fn watch(&mut self, begun: Time) {
        // Taken here, so that no sign of life seems older than it is.
        let now = Time::now();
        // Root can be kept from running in the middle of its round as well.
        self.excuse_if_overslept(Some(begun), begun, now);
        for index in 0..self.count() {
            if self.child(index).state == State::Running {
                self.watch_one(index, now);
            }
        }
    }

    fn watch_one(&mut self, index: usize, now: Time) {
        let options = self.options(index);
        let header = self.header(index);
        let (beat, ready) = (header.heartbeat.load(Ordering::Acquire), self.note_ready(index));
        let watch = self.child(index).watch;
        if watch.sentence != Ended::Unknown {
            if watch.due.is_some_and(|due| now >= due) {
                process::kill_child(self.child(index).pid);
                self.child_mut(index).watch.due = Some(now.plus(AGAIN));
            }
            return;
        }
        let limit = watch.limit.filter(|_| !ready);
        if limit.is_some_and(|limit| now >= limit) {
            return self.sentence(index, Ended::Unready, now);
        }
        let Some(period) = options.watchdog.map(Time::of) else {
            self.child_mut(index).watch.due = limit;
            return;
        };
        let alive = beat != watch.beat || watch.idle;
        let idle = !watch.frozen && beat == watch.beat && self.is_idle(index, beat);
        let seen = if alive { now } else { watch.seen };
        if !idle && now.since(seen) >= period {
            return self.sentence(index, Ended::Hung, now);
        }
        let look = (!idle).then(|| seen.plus(period).min(now.plus(period.part(LOOKS))));
        if !idle {
            self.entry(index).watching.store(0, Ordering::SeqCst);
        }
        let watch = &mut self.child_mut(index).watch;
        (watch.beat, watch.seen, watch.idle) = (beat, seen, idle);
        watch.due = match (look, limit) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// Whether the daemon waits, and has since its heartbeat was `beat`; if so, it says when it stops. One that
    /// works on and off is looked at instead.
    ///
    /// Root asks before it looks, and the daemon says that it has stopped before it looks whether it was asked; with
    /// a full fence in between on both sides, one of the two sees the other (Dekker's pattern).
    fn is_idle(&self, index: usize, beat: u64) -> bool {
        let (header, watching) = (self.header(index), &self.entry(index).watching);
        waiting::begin(watching, 1);
        Core::is_idle(header.waiting.load(Ordering::SeqCst))
            && header.heartbeat.load(Ordering::SeqCst) == beat
    }

    /// Ends a daemon that does not live up to its promises: first so that it can report where it is, then for good.
    fn sentence(&mut self, index: usize, sentence: Ended, now: Time) {
        let (child, options) = (self.child(index), self.options(index));
        let (pid, frozen) = (child.pid, child.watch.frozen);
        let activity = Activity::from_number(self.header(index).activity.load(Ordering::Relaxed));
        let line = Line::new(Level::Error).text(self.daemon(index).name).text(" [").signed(pid).text("] ");
        let line = if sentence == Ended::Hung {
            line.text("gave no sign of life for ").time(now.since(child.watch.seen).duration())
        } else {
            line.text("was not ready after ").time(now.since(child.started).duration())
        };
        line.text(" ")
            .text(if frozen { "while a signal had stopped it" } else { activity.describe() })
            .text(if frozen { "; killing it" } else { "; sending SIGABRT" })
            .log();
        let grace = options.watchdog.map_or(GRACE, |period| Time::of(period).min(GRACE));
        let watch = &mut self.child_mut(index).watch;
        watch.sentence = sentence;
        watch.due = Some(now.plus(grace));
        if frozen {
            process::kill_child(pid);
        } else {
            process::signal_child(pid, libc::SIGABRT);
        }
    }

    /// Notes which daemons signals have stopped, and which go on.
    pub(super) fn notice_frozen(&mut self) {
        let now = Time::now();
        while let Some((pid, stopped)) = process::stopped_or_continued() {
            let Some(index) = self.index_of(pid) else { continue };
            let watch = &mut self.child_mut(index).watch;
            if watch.frozen == stopped.is_some() {
                if stopped.is_none() {
                    // It stood still while root did as well.
                    (watch.seen, watch.due) = (now, Some(now));
                }
                continue;
            }
            // A whole period from here, whether it stands still or goes on.
            (watch.frozen, watch.seen, watch.due) = (stopped.is_some(), now, Some(now));
            let line = Line::new(Level::Warn).text(self.daemon(index).name).text(" [").signed(pid);
            let line = match stopped {
                Some(signal) => line.text("] was stopped by ").text(crate::failure::signal_name(signal)),
                None => line.text("] goes on"),
            };
            line.log();
            self.show_phase(index);
        }
    }

    /// Takes the time off that root has overslept, if it wanted to run at `wanted`; after a long one every daemon
    /// gets a new period. When everybody began to stand still root does not know, but that it last looked at `looked`:
    /// after a long one, what was left of a deadline then is left now.
    pub(super) fn excuse_if_overslept(&mut self, wanted: Option<Time>, looked: Time, now: Time) {
        let late = wanted.map_or(Time::ZERO, |wanted| now.since(wanted));
        let (long, slept) = (late >= OVERSLEPT, now.since(looked));
        for index in 0..self.count() {
            let child = self.child_mut(index);
            if child.watch.sentence == Ended::Unknown {
                child.watch.seen = if long { now } else { child.watch.seen.plus(late).min(now) };
            } else if long {
                // It could not report meanwhile.
                child.watch.due = child.watch.due.map(|due| due.plus(slept));
            }
            if long {
                child.watch.limit = child.watch.limit.map(|limit| limit.plus(slept));
                if let State::Stopping(at) = child.state {
                    child.state = State::Stopping(at.plus(slept));
                }
            }
        }
    }

    /// Gives every daemon a new period.
    pub(super) fn excuse(&mut self, now: Time) {
        for index in 0..self.count() {
            let watch = &mut self.child_mut(index).watch;
            if watch.sentence == Ended::Unknown {
                watch.seen = now;
            }
        }
    }
}
