//! Deaths: noticing them, and what follows from one.

use super::block::{Order, Phase};
use super::child::{Death, State, Verdict};
use super::signals;
use super::supervisor::Supervisor;
use super::time::Time;
use crate::daemon::Ended;
use crate::failure::signal_name;
use crate::logger::Line;
use crate::state::Kind;
use crate::sys::process::{self, Child as Which, Exit, Reaped};
use crate::sys::robust;
use core::sync::atomic::Ordering;
use log::Level;

impl Supervisor {
    /// Looks at every robust word: the fast way to know of a death.
    pub(super) fn notice_deaths(&mut self) {
        for index in 0..self.count() {
            if self.child(index).is_alive() && robust::died(robust::load(&self.header(index).robust.word)) {
                self.bury(index);
            }
        }
    }

    /// Takes exit statuses: of daemons, as the fallback for those that died before they had registered their word;
    /// of orphans, so that none stays a zombie.
    pub(super) fn reap(&mut self) {
        while let Some(pid) = process::ended_child() {
            // Buried before it is reaped: until then its PID, which names its group, is nobody else's.
            if let Some(index) = self.index_of(pid)
                && self.child(index).is_alive()
            {
                self.bury(index);
                // What follows from it is for the next round.
                signals::poke();
            }
            let Reaped::Ended(_, exit) = process::reap(Which::Pid(pid), false) else { return };
            let had = |index: &usize| {
                let child = self.child(*index);
                child.pid == pid || child.predecessors.contains(&pid)
            };
            if let Some(index) = (0..self.count()).find(had) {
                let line = Line::new(Level::Debug).text(self.daemon(index).name).text(" [").signed(pid);
                match exit {
                    Exit::Code(code) => line.text("] is gone: exit code ").signed(code).log(),
                    Exit::Signal(signal) => line.text("] is gone: ").text(signal_name(signal)).log(),
                }
            }
            // After an orphan as well: what that has forked in its turn is root's child only now.
            self.end_orphans();
        }
    }

    /// A daemon has died: end what it left, and decide whether to start it again.
    fn bury(&mut self, index: usize) {
        let daemon = self.daemon(index);
        let options = *self.options(index);
        let now = Time::now();
        let pid = self.child(index).pid;
        process::kill_group(pid);
        // A process whose word is marked may still run: exec marks it too.
        process::kill_child(pid);
        if let Some(retiring) = self.child(index).retiring {
            return self.bury_retiring(index, retiring);
        }
        let found = self.examine(index);
        if self.stopping.is_some() {
            let level = if found.ended == Ended::Done { Level::Info } else { Level::Warn };
            let (_, level) = Self::hold(&found, Time::ZERO, level);
            found.line(level, daemon.name, pid).log();
            self.child_mut(index).state = State::Ended;
            self.set_phase(index, Phase::Ended);
            return;
        }
        let healthy = self.child(index).is_healthy(now, &options);
        // What a newborn was told and did not come to take still holds.
        let taken = self.header(index).heartbeat.load(Ordering::Acquire) != 0;
        let told = self.order_of(index);
        let reset = !taken && told == Order::Reset;
        let fresh = healthy || (!taken && matches!(told, Order::Fresh | Order::Renewed));
        if self.has_regrouped(index) {
            found.line(Level::Info, daemon.name, pid).text("; to be started again with the others").log();
            if healthy && !reset {
                let child = self.child_mut(index);
                (child.failures, child.reset) = (0, false);
            }
            let order = if fresh { Order::Renewed } else { Order::Regrouped };
            self.give_order(index, if reset { Order::Reset } else { order });
            return;
        }
        let again = match options.kind {
            Kind::Permanent => true,
            Kind::Transient => found.ended != Ended::Done,
            Kind::Temporary => false,
        };
        if !again {
            found.line(Level::Info, daemon.name, pid).log();
            self.child_mut(index).done = found.ended == Ended::Done;
            self.retire(index, Phase::Ended);
            return;
        }
        let death = Death { at: now, ready: found.ready, random: self.random() };
        let verdict = self.child_mut(index).died(death, &options);
        let limit = |line: Line| {
            let line = line.text("; more than ").number(options.max_restarts).text(" restarts within ");
            line.time(options.within)
        };
        match verdict {
            Verdict::Restart(wait) => {
                let (wait, level) = Self::hold(&found, wait, Level::Warn);
                let line = found.line(level, daemon.name, pid).text("; starting again in ");
                line.time(wait.duration()).log();
                let order = if fresh { Order::Fresh } else { Order::Climb };
                self.give_order(index, if reset { Order::Reset } else { order });
                self.restart(index, now.plus(wait));
            }
            Verdict::Reset(wait) => {
                let (wait, level) = Self::hold(&found, wait, Level::Error);
                let line = limit(found.line(level, daemon.name, pid));
                line.text(": starting again from the beginning in ").time(wait.duration()).log();
                self.give_order(index, Order::Reset);
                self.restart(index, now.plus(wait));
            }
            Verdict::Stop(code) => {
                let (wait, level) = Self::hold(&found, Time::ZERO, Level::Error);
                let line = limit(found.line(level, daemon.name, pid));
                line.text("; stopping with exit code ").signed(code).log();
                if wait > Time::ZERO {
                    let child = self.child_mut(index);
                    (child.state, child.stops_with) = (State::Due(now.plus(wait)), Some(code));
                    self.set_phase(index, Phase::Backoff);
                    return;
                }
                self.child_mut(index).state = State::Ended;
                self.set_phase(index, Phase::Ended);
                self.stopping = Some(code);
            }
            Verdict::Abandon => {
                let (_, level) = Self::hold(&found, Time::ZERO, Level::Error);
                limit(found.line(level, daemon.name, pid)).text("; going on without it").log();
                self.abandon(index);
            }
        }
    }

    fn restart(&mut self, index: usize, at: Time) {
        let child = self.child_mut(index);
        child.state = State::Due(child.regroup.take().unwrap_or(at).max(at));
        self.set_phase(index, Phase::Backoff);
        self.regroup(index, at);
    }

    /// From now on the tree goes on without daemon `index`.
    pub(super) fn abandon(&mut self, index: usize) {
        self.abandoned = true;
        self.retire(index, Phase::Abandoned);
    }
}
