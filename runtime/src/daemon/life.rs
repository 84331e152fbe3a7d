//! What a daemon and root tell each other while the daemon lives: signs of life, readiness, what it is doing,
//! and what root wants of it.
//!
//! All of it is plain stores to words of the daemon's own header, on the cache line that a commit writes anyway.
//! Root is told by a signal only in two cases: the daemon has become ready and somebody waits for that, or it goes
//! on after a wait during which root's watchdog has gone to sleep. The second is Dekker's pattern: the daemon
//! clears `waiting` and then looks at `watching`, root sets `watching` and then looks at `waiting`, with a full
//! fence in between on both sides, so that one of the two sees the other.

use super::{Activity, Core};
use crate::hot::HOT;
use crate::layout::RegionHeader;
use crate::protocol::waiting;
use crate::root::Entry;
use crate::state::FieldSet;
use crate::sys::futex;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use log::LevelFilter;

impl Core {
    /// Waits on futexes.
    pub(crate) const ON_WORDS: u32 = 1;
    /// Waits on its doorbell descriptor.
    pub(super) const ON_DOORBELL: u32 = 2;
    /// Waits for something that peers have no part in.
    pub(super) const ELSEWHERE: u32 = 3;

    /// Waits for a transaction that has no `timeout` and may wait for room in a ring: peers wake it, but the watchdog
    /// does not take the daemon for idle.
    pub(crate) const FOR_TASK: u32 = 4;

    /// Added to one of these while a signal handler runs in the middle of the wait: to peers the daemon still waits, since
    /// it goes on to sleep without looking again, and to the watchdog it works.
    pub(crate) const INTERRUPTED: u32 = 8;

    /// Added to the first two by who does not wait for room: consumers need not wake it.
    pub(crate) const WITHOUT_ROOM: u32 = 16;

    /// On what a daemon that says so waits.
    pub(crate) fn how(waiting: u32) -> u32 {
        waiting & !(Self::INTERRUPTED | Self::WITHOUT_ROOM)
    }

    /// Whether a daemon that says so is idle to the watchdog.
    pub(crate) fn is_idle(waiting: u32) -> bool {
        !matches!(waiting, 0 | Self::FOR_TASK) && waiting & Self::INTERRUPTED == 0
    }

    /// Gives a sign of life.
    #[inline]
    pub(crate) fn alive(&self) {
        // No read-modify-write: this process alone stores here.
        let heartbeat = &self.region.header().heartbeat;
        heartbeat.store(heartbeat.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Notes what the daemon is doing, for reports.
    #[inline]
    pub(crate) fn now_doing(&self, activity: Activity) {
        self.region.header().activity.store(activity as u32, Ordering::Relaxed);
    }

    /// What the daemon is doing.
    pub(crate) fn doing(&self) -> Activity {
        Activity::from_number(self.region.header().activity.load(Ordering::Relaxed))
    }

    /// Says, once, that the daemon is ready.
    pub(crate) fn become_ready(&mut self) {
        if self.ready {
            return;
        }
        self.ready = true;
        self.region.header().ready.store(1, Ordering::Release);
        let own = core::ptr::from_ref(self.descriptor);
        let depends = |daemon: &crate::root::Descriptor| {
            daemon
                .depends_on
                .iter()
                .any(|&on| self.tree.daemons.get(on).is_some_and(|on| core::ptr::eq(on, own)))
        };
        if self.descriptor.options.start_timeout.is_some()
            || self.tree.daemons.iter().any(depends)
            || self.is_observed()
        {
            knock();
        }
    }

    /// Whether somebody wants to hear of all that happens at once.
    fn is_observed(&self) -> bool {
        // SAFETY: root's table is always mapped.
        unsafe { &*self.block }.observed.load(Ordering::Relaxed) != 0
    }

    /// Notes how the daemon waits; it must look a last time for what it waits for after this.
    pub(super) fn begin_waiting(&self, how: u32) {
        begin_waiting(self.region.header(), how);
    }

    /// The daemon goes on.
    pub(super) fn stop_waiting(&self) {
        stop_waiting(self.region.header());
    }

    /// Has the watchdog told when the daemon goes on after a wait, and lets producers wait.
    pub(super) fn prepare_waits(&self) {
        if self.descriptor.options.watchdog.is_some() {
            // SAFETY: root's table is always mapped.
            let watching = ptr::from_ref(&unsafe { &*self.entry }.watching);
            HOT.watching.store(watching.cast_mut(), Ordering::Relaxed);
        }
        if self.patient != FieldSet::NONE {
            super::room::prepare(self.region.header(), self.desired());
        }
    }

    /// Runs `wait`, which comes to an end by itself, without the watchdog taking it for a hang.
    pub(crate) fn idle<T>(&mut self, wait: impl FnOnce(&mut Self) -> T) -> T {
        if self.descriptor.options.watchdog.is_none() {
            return wait(self);
        }
        self.waiting(Self::ELSEWHERE, wait)
    }

    /// [`idle`](Core::idle) for what needs no more than a look.
    pub(super) fn idle_at<T>(&self, wait: impl FnOnce() -> T) -> T {
        if self.descriptor.options.watchdog.is_none() {
            return wait();
        }
        self.enter_wait(Self::ELSEWHERE);
        let result = wait();
        self.leave_wait();
        result
    }

    /// Runs `wait` for a transaction that borrows `fields` and comes to an end by itself if it `ends`.
    pub(crate) fn wait_for_task<T>(
        &mut self,
        fields: FieldSet,
        ends: bool,
        wait: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let patient = self.patient.bits() & fields.bits() != 0;
        if patient {
            // The transaction cannot say so when it waits: the header is not its own.
            self.become_ready();
        }
        match (patient, ends) {
            (true, true) => self.waiting(Self::ON_WORDS, wait),
            (true, false) => self.waiting(Self::FOR_TASK, wait),
            (false, true) => self.idle(wait),
            (false, false) => wait(self),
        }
    }

    fn waiting<T>(&mut self, how: u32, wait: impl FnOnce(&mut Self) -> T) -> T {
        self.enter_wait(how);
        let result = wait(self);
        self.leave_wait();
        result
    }

    fn enter_wait(&self, how: u32) {
        self.alive();
        self.begin_waiting(how);
    }

    fn leave_wait(&self) {
        self.stop_waiting();
        self.alive();
    }

    pub(super) fn desired(&self) -> &AtomicU32 {
        // SAFETY: root's table is always mapped.
        unsafe { &(*self.entry).desired }
    }

    pub(super) fn asks_to_stop(desired: u32) -> bool {
        desired & Entry::STOP != 0
    }

    pub(super) fn asks_to_reload(&self, desired: u32) -> bool {
        Self::reloads(desired) != self.reloads
    }

    /// The requests to read configuration again in what root wants.
    pub(super) const fn reloads(desired: u32) -> u32 {
        desired & (Entry::REPLAY - Entry::RELOAD)
    }

    /// Whether root has asked the daemon to stop.
    pub(crate) fn stopping(&self) -> bool {
        Self::asks_to_stop(self.desired().load(Ordering::Acquire))
    }

    /// Takes over what root has read again.
    pub(super) fn reload(&mut self) {
        self.reloads = Self::reloads(self.desired().load(Ordering::Acquire));
        self.follow_log_level();
    }

    /// Logs as much as root's settings say.
    pub(super) fn follow_log_level(&self) {
        // SAFETY: root's table is always mapped.
        let level = unsafe { &*self.block }.log_level.load(Ordering::Relaxed);
        // 0 where nothing is set; else the filter's number plus 1.
        if let Some(level) = level.checked_sub(1) {
            let level = LevelFilter::iter().nth(level as usize).unwrap_or(LevelFilter::Info);
            // Or the page would be copied in each newborn.
            if level != log::max_level() {
                log::set_max_level(level);
            }
        }
    }

    /// Waits until the monotonic `deadline`, for ever where there is none, or until root asks to stop.
    pub(crate) fn pause(&mut self, deadline: Option<Duration>) {
        self.idle(|core| {
            loop {
                let desired = core.desired().load(Ordering::Acquire);
                if Self::asks_to_stop(desired)
                    || deadline.is_some_and(|deadline| crate::sys::clock::monotonic() >= deadline)
                {
                    return;
                }
                let _ = futex::wait(core.desired(), desired, deadline);
            }
        });
    }
}

/// See [`Core::begin_waiting`].
pub(super) fn begin_waiting(header: &RegionHeader, how: u32) {
    // First: a signal handler that comes in between ends a wait that has not begun, rather than none while one lasts.
    HOT.waits.store(ptr::from_ref(header).cast_mut(), Ordering::SeqCst);
    waiting::begin(&header.waiting, how);
}

/// See [`Core::stop_waiting`].
pub(super) fn stop_waiting(header: &RegionHeader) {
    work(header, 0);
}

/// A signal handler takes the daemon out of its wait, to which [`begin_waiting`] leads back.
pub(super) fn interrupt_waiting(header: &RegionHeader, how: u32) {
    work(header, how | Core::INTERRUPTED);
}

/// Says that the daemon works, and `to_peers` how it waits.
fn work(header: &RegionHeader, to_peers: u32) {
    // In this order: a signal handler that comes in between finds a wait that is over, and goes back to that.
    header.waiting.store(to_peers, Ordering::SeqCst);
    HOT.waits.store(ptr::null_mut(), Ordering::SeqCst);
    // SAFETY: null, or a word of root's table, which is always mapped.
    if let Some(watching) = unsafe { HOT.watching.load(Ordering::Relaxed).as_ref() }
        && waiting::after_change(watching) != 0
    {
        knock();
    }
}

/// Makes root look. A signal rather than a wake-up: it is not lost if root is not waiting yet.
pub(super) fn knock() {
    // SAFETY: sends a signal to the parent, which is root, or this process would be dead already.
    unsafe { libc::kill(libc::getppid(), crate::root::KNOCK) };
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::sys::stepping::step;
    use core::cell::Cell;

    /// A handler that interrupts a wait ends it: wherever the watchdog takes the daemon for waiting, one that comes there
    /// must find that out.
    #[test]
    fn a_handler_finds_the_wait_at_each_instruction_of_one() {
        // SAFETY: all-zero is a valid header.
        let header = Box::new(unsafe { core::mem::zeroed::<RegionHeader>() });
        let (waits, missed) = (Cell::new(0), Cell::new(0));
        let look = || {
            let waiting = Core::is_idle(header.waiting.load(Ordering::Relaxed));
            let found = !HOT.waits.load(Ordering::Relaxed).is_null();
            waits.set(waits.get() + usize::from(waiting));
            missed.set(missed.get() + usize::from(waiting && !found));
        };
        let work = || {
            begin_waiting(&header, Core::ON_WORDS);
            stop_waiting(&header);
        };
        step(work, &look);
        assert!(waits.get() > 10, "{waits:?}");
        assert_eq!(missed.get(), 0, "of {waits:?} instructions");
        assert!(HOT.waits.load(Ordering::Relaxed).is_null());
    }
}
