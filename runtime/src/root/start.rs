//! Starting daemons: whose turn it is, and the fork.

use super::block::{Entry, Order, Phase};
use super::child::State;
use super::supervisor::Supervisor;
use super::time::Time;
use super::{exit_code, signals};
use crate::daemon::Boot;
use crate::logger::Line;
use crate::sys::Errno;
use crate::sys::process::{self, Fork};
use core::sync::atomic::Ordering;
use log::Level;

/// How long to wait before trying again to fork, when the kernel refused.
const REFUSED: Time = Time::from_nanos(100_000_000);

/// Whether a daemon may be started as far as those that it depends on are concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Now,
    Later,
    /// Somebody that it depends on will never be ready.
    Never(usize),
}

impl Supervisor {
    /// Starts every daemon whose time has come.
    pub(super) fn start_due(&mut self, now: Time) {
        if self.stopping.is_some() || self.is_regrouping() {
            return;
        }
        for place in 0..self.count() {
            let index = self.in_order(place);
            if !matches!(self.child(index).state, State::Due(at) if at <= now) || self.stopping.is_some() {
                continue;
            }
            if self.execute(index) {
                return;
            }
            match self.turn(index) {
                // It does nothing that others would have to be ready for.
                _ if self.child(index).retiring.is_some() => self.start(index, now),
                Turn::Now => self.start(index, now),
                Turn::Later => self.set_phase(index, Phase::Waiting),
                Turn::Never(other) => {
                    Line::new(Level::Error)
                        .text(self.daemon(index).name)
                        .text(" depends on ")
                        .text(self.daemon(other).name)
                        .text(", which will not be ready any more; going on without it")
                        .log();
                    self.abandon(index);
                }
            }
        }
    }

    fn turn(&self, index: usize) -> Turn {
        let mut turn = Turn::Now;
        for &other in self.daemon(index).depends_on {
            let child = self.child(other);
            match child.state {
                // Who has run before goes on without it.
                State::Ended if child.done || self.child(index).generation > 0 => {}
                State::Ended => return Turn::Never(other),
                State::Running if self.note_ready(other) => {}
                _ => turn = Turn::Later,
            }
        }
        turn
    }

    /// Whether the daemon is waiting for others, so that root need not wake up when its time has come.
    pub(super) fn is_held(&self, index: usize) -> bool {
        self.is_regrouping() || self.entry(index).phase.load(Ordering::Relaxed) == Phase::Waiting as u32
    }

    fn start(&mut self, index: usize, now: Time) {
        let generation = self.child(index).generation.saturating_add(1);
        let entry = self.entry(index);
        let retiring = self.child(index).retiring.is_some();
        if retiring {
            self.give_order(index, Order::RecoverOnly);
        }
        entry.generation.store(generation, Ordering::Release);
        // The request to stop was its predecessor's; how often configuration was to be read again stays.
        entry.desired.fetch_and(!Entry::STOP, Ordering::AcqRel);
        entry.watching.store(0, Ordering::Release);
        let header = self.header(index);
        header.ready.store(0, Ordering::Release);
        // Or the newborn's first beats could be taken for its predecessor's last.
        header.heartbeat.store(0, Ordering::Release);
        header.waiting.store(0, Ordering::Release);
        header.robust.word.store(0, Ordering::Release);
        let mask = crate::sys::signal::block_all();
        // SAFETY: root has one thread.
        let forked = self.arenas.leave(self.tree, index).and_then(|()| unsafe { process::fork() });
        // A kernel that is short of memory for a moment may refuse once.
        let withheld = || (0..3).any(|_| self.arenas.withhold(self.tree, index).is_ok());
        if !matches!(forked, Ok(Fork::Child)) && !withheld() {
            // The next child would inherit this daemon's state: better none than that.
            Line::new(Level::Error)
                .text("cannot keep the memory of ")
                .text(self.daemon(index).name)
                .text(" from other daemons; stopping")
                .log();
            self.stopping = Some(exit_code::SEAL);
            // Whoever is to stop first is asked in the next round.
            signals::poke();
        }
        match forked {
            Ok(Fork::Child) => {
                // SAFETY: no arguments.
                let pid = unsafe { libc::getpid() };
                let boot = Boot {
                    tree: self.tree,
                    index,
                    arenas: self.arenas,
                    doorbells: self.doorbells,
                    generation,
                    pid,
                    root: self.pid,
                };
                (self.daemon(index).enter)(&boot)
            }
            Ok(Fork::Parent(pid)) => {
                crate::sys::signal::restore(&mask);
                // Not the round's time: that may have taken long already.
                let now = Time::now();
                let timeout = self.options(index).start_timeout;
                self.child_mut(index).started(pid, generation, now);
                self.child_mut(index).watch.limit = timeout.map(|timeout| now.plus(Time::of(timeout)));
                let entry = self.entry(index);
                entry.pid.store(pid as u32, Ordering::Release);
                entry.started.store(now.nanos(), Ordering::Release);
                entry
                    .restarts
                    .store(generation.saturating_sub(1 + u64::from(retiring)) as u32, Ordering::Release);
                self.set_phase(index, Phase::Starting);
                self.tell_start(index);
            }
            Err(errno) => {
                crate::sys::signal::restore(&mask);
                Line::new(Level::Error)
                    .text(self.daemon(index).name)
                    .text(match errno {
                        Errno::EAGAIN => {
                            ": cannot fork: EAGAIN, a limit on processes is reached (ulimit -u, pids.max)"
                        }
                        Errno::ENOMEM => {
                            ": cannot fork: ENOMEM, there is no memory for the tables of another process"
                        }
                        _ => ": cannot fork",
                    })
                    .text("; trying again in ")
                    .time(REFUSED.duration())
                    .log();
                self.child_mut(index).state = State::Due(now.plus(REFUSED));
                // Who waited for others has its own time to wait for now.
                self.set_phase(index, Phase::Backoff);
            }
        }
    }

    /// What a newborn is to be told about its state.
    pub(super) fn give_order(&self, index: usize, order: Order) {
        self.entry(index).order.store(order as u32, Ordering::Release);
    }

    /// What the newest incarnation was told.
    pub(super) fn order_of(&self, index: usize) -> Order {
        Order::from_number(self.entry(index).order.load(Ordering::Relaxed))
    }

    /// Whether the daemon is ready; shows it if that is new.
    pub(super) fn note_ready(&self, index: usize) -> bool {
        let ready = self.header(index).ready.load(Ordering::Acquire) != 0;
        if ready && self.entry(index).phase.load(Ordering::Relaxed) == Phase::Starting as u32 {
            self.set_phase(index, Phase::Running);
        }
        if ready {
            self.tell_ready(index);
        }
        ready
    }
}
