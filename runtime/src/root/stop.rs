//! How a tree stops: requests, one daemon after the other, and whoever is left in the end.

use super::block::{Entry, Phase};
use super::child::State;
use super::supervisor::Supervisor;
use super::time::Time;
use super::{exit_code, signals};
use crate::logger::Line;
use crate::sys::futex;
use crate::sys::process::{self, Child as Which, Reaped};
use core::sync::atomic::Ordering;
use log::Level;

/// How long root waits at its end for killed processes to be gone.
const PARTING: Time = Time::from_nanos(2_000_000_000);

/// How long root waits for a killed process to die before it kills it again.
pub(super) const AGAIN: Time = Time::from_nanos(1_000_000_000);

/// Signals that come together are one request: tools such as timeout(1) signal a process and then its group.
pub(super) const ONE_REQUEST: Time = Time::from_nanos(50_000_000);

impl Supervisor {
    /// Ends whoever is left when all daemons have ended: orphans that the daemons left, and helpers that the
    /// set-up hook started.
    pub(super) fn end_everybody() {
        let deadline = Time::now().plus(PARTING);
        loop {
            let poke = signals::POKE.load(Ordering::SeqCst);
            while let Reaped::Ended(..) = process::reap(Which::Any, false) {}
            let mut left = 0;
            process::for_each_child(|pid| {
                left += 1;
                process::kill_child(pid);
            });
            if left == 0 || Time::now() >= deadline {
                return;
            }
            let waiters = [futex::Waiter::new(&raw const signals::POKE, poke)];
            let _ = futex::wait_any(&waiters, Some(deadline.duration()));
        }
    }

    /// Ends processes that a dead daemon's family has left and that have escaped its group: whoever is root's
    /// child and neither a daemon nor there before the first one.
    pub(super) fn end_orphans(&self) {
        process::for_each_child(|pid| {
            let is_daemon = |index: usize| {
                let child = self.child(index);
                child.pid == pid || child.predecessors.contains(&pid)
            };
            let known = self.helpers.contains(&pid) || (0..self.count()).any(is_daemon);
            if !known && !process::has_ended(pid) {
                Line::new(Level::Debug).text("process ").signed(pid).text(" was left behind; killed").log();
                process::kill_child(pid);
            }
        });
    }

    /// Requests to stop: by signal, or by a daemon's `shutdown`.
    pub(super) fn notice_requests(&mut self) {
        self.notice_operator();
        let stops = signals::stops();
        if stops > self.stops_seen {
            let now = Time::now();
            match self.asked_at {
                None => {
                    self.asked_at = Some(now);
                    Line::new(Level::Info).text("asked to stop").log();
                    self.stopping.get_or_insert(exit_code::DONE);
                }
                Some(asked_at) if now.since(asked_at) >= ONE_REQUEST => {
                    Line::new(Level::Warn).text("asked to stop again: killing what is left").log();
                    for index in 0..self.count() {
                        self.kill(index, now);
                    }
                    self.force();
                }
                Some(_) => {}
            }
            self.stops_seen = stops;
        }
        self.notice_shutdown();
    }

    /// Daemons that have asked for a shutdown.
    pub(super) fn notice_shutdown(&mut self) {
        for index in 0..self.count() {
            let code = self.header(index).shutdown.load(Ordering::Acquire);
            // Only what a `u8` plus one can be is a code.
            if self.stopping.is_none() && (1..=256).contains(&code) {
                let line = Line::new(Level::Info).text(self.daemon(index).name);
                line.text(" asked for shutdown with code ").number(code - 1).log();
                self.stopping = Some(code as i32 - 1);
            }
        }
    }

    /// Stops one daemon after the other, in the reverse of the order in which they were started.
    pub(super) fn advance_stop(&mut self, now: Time) {
        if self.stopping.is_none() {
            return;
        }
        for index in 0..self.count() {
            self.child_mut(index).regroup = None;
            if let State::Due(_) = self.child(index).state {
                self.child_mut(index).state = State::Ended;
                self.set_phase(index, Phase::Ended);
            }
        }
        // Whoever was killed together with others is not waiting for its turn.
        for index in 0..self.count() {
            if let State::Killed(_) = self.child(index).state {
                self.press(index, now);
            }
        }
        for place in (0..self.count()).rev() {
            let index = self.in_order(place);
            if self.child(index).is_alive() {
                if self.press(index, now) {
                    self.force();
                }
                return;
            }
        }
    }

    /// Asks a daemon to stop, and kills it once its time is up; returns whether it had to be killed just now.
    pub(super) fn press(&mut self, index: usize, now: Time) -> bool {
        match self.child(index).state {
            State::Running => {
                let timeout = Time::of(self.options(index).stop_timeout);
                self.child_mut(index).state = State::Stopping(now.plus(timeout));
                self.set_phase(index, Phase::Stopping);
                let entry = self.entry(index);
                entry.desired.fetch_or(Entry::STOP, Ordering::AcqRel);
                futex::wake(&raw const entry.desired);
                crate::daemon::ring(self.doorbell(index));
                false
            }
            State::Stopping(deadline) if now >= deadline => {
                let line = Line::new(Level::Error).text(self.daemon(index).name);
                line.text(" did not stop in time; killed").log();
                self.kill(index, now);
                true
            }
            State::Killed(again) if now >= again => {
                self.kill(index, now);
                false
            }
            State::Stopping(_) | State::Killed(_) | State::Due(_) | State::Ended => false,
        }
    }

    /// Notes that force was needed, unless there is something more important to say.
    fn force(&mut self) {
        if self.stopping == Some(exit_code::DONE) {
            self.stopping = Some(exit_code::FORCED);
        }
    }

    fn kill(&mut self, index: usize, now: Time) {
        let child = self.child_mut(index);
        if child.is_alive() {
            process::kill_child(child.pid);
            child.state = State::Killed(now.plus(AGAIN));
        }
    }
}
