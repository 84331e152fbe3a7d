//! How a tree stops: requests, one daemon after the other, and whoever is left in the end.

use super::block::Phase;
use super::child::State;
use super::supervisor::Supervisor;
use super::{exit_code, signals};
use crate::sys::process::{self, Child as Which, Reaped};
use crate::sys::{clock, futex};
use core::sync::atomic::Ordering;
use core::time::Duration;

/// How long root waits at its end for killed processes to be gone.
const PARTING: Duration = Duration::from_secs(2);

/// Signals that come together are one request: tools such as timeout(1) signal a process and then its group.
const ONE_REQUEST: Duration = Duration::from_millis(50);

impl Supervisor {
    /// Ends whoever is left when all daemons have ended: orphans that the daemons left, and helpers that the
    /// set-up hook started.
    pub(super) fn end_everybody() {
        let deadline = clock::monotonic() + PARTING;
        loop {
            let poke = signals::POKE.load(Ordering::SeqCst);
            while let Reaped::Ended(..) = process::reap(Which::Any, false) {}
            let mut left = 0;
            process::for_each_child(|pid| {
                left += 1;
                process::kill_child(pid);
            });
            if left == 0 || clock::monotonic() >= deadline {
                return;
            }
            let waiters = [futex::Waiter::new(&raw const signals::POKE, poke)];
            let _ = futex::wait_any(&waiters, Some(deadline));
        }
    }

    /// Ends processes that a dead daemon's family has left and that have escaped its session: whoever is root's
    /// child and neither a daemon nor there before the first one.
    pub(super) fn end_orphans(&self) {
        process::for_each_child(|pid| {
            let daemons = &self.children[..self.count()];
            let known = self.helpers.contains(&pid)
                || daemons.iter().any(|child| child.pid == pid || child.predecessors.contains(&pid));
            if !known && !process::has_ended(pid) {
                log::debug!("process {pid} was left behind by a daemon; killed");
                process::kill_child(pid);
            }
        });
    }

    /// Requests to stop: by signal, or by a daemon's `shutdown`.
    pub(super) fn notice_requests(&mut self) {
        self.notice_operator();
        let stops = signals::stops();
        if stops > self.stops_seen {
            let now = clock::monotonic();
            if self.asked_at == Duration::ZERO {
                self.asked_at = now;
                log::info!("asked to stop");
                self.stopping.get_or_insert(exit_code::DONE);
            } else if now.saturating_sub(self.asked_at) >= ONE_REQUEST {
                log::warn!("asked to stop again: killing what is left");
                for index in 0..self.count() {
                    self.kill(index);
                }
                self.force();
            }
            self.stops_seen = stops;
        }
        for index in 0..self.count() {
            let code = self.header(index).shutdown.load(Ordering::Acquire);
            // Only what a `u8` plus one can be is a code.
            if self.stopping.is_none() && (1..=256).contains(&code) {
                log::info!("{} asked for shutdown with code {}", self.tree.daemons[index].name, code - 1);
                self.stopping = Some(code as i32 - 1);
            }
        }
    }

    /// Stops one daemon after the other, the last first.
    pub(super) fn advance_stop(&mut self, now: Duration) {
        if self.stopping.is_none() {
            return;
        }
        for index in 0..self.count() {
            if let State::Due(_) = self.children[index].state {
                self.children[index].state = State::Ended;
                self.set_phase(index, Phase::Ended);
            }
        }
        for index in (0..self.count()).rev() {
            match self.children[index].state {
                State::Ended | State::Due(_) => {}
                State::Running => {
                    self.children[index].state =
                        State::Stopping(now + self.tree.daemons[index].options.stop_timeout);
                    self.set_phase(index, Phase::Stopping);
                    let entry = &self.arenas.block().entries[index];
                    entry.desired.store(1, Ordering::Release);
                    futex::wake(&raw const entry.desired);
                    crate::daemon::ring(self.doorbells[index]);
                    return;
                }
                State::Stopping(deadline) => {
                    if now >= deadline {
                        log::error!("{} did not stop in time; killed", self.tree.daemons[index].name);
                        self.kill(index);
                        self.force();
                    }
                    return;
                }
                State::Killed => return,
            }
        }
    }

    /// Notes that force was needed, unless there is something more important to say.
    fn force(&mut self) {
        if self.stopping == Some(exit_code::DONE) {
            self.stopping = Some(exit_code::FORCED);
        }
    }

    fn kill(&mut self, index: usize) {
        let child = &mut self.children[index];
        if matches!(child.state, State::Running | State::Stopping(_)) {
            process::kill_child(child.pid);
            child.state = State::Killed;
        }
    }
}
