//! Root's event loop.
//!
//! It waits on one futex for each daemon, the robust word that the kernel marks when the daemon dies, and on
//! the poke word that signal handlers change; the earliest restart or deadline is the timeout. There is no
//! descriptor to poll and nothing to allocate.

use super::arena::Arenas;
use super::block::{MOST_DAEMONS, Phase};
use super::child::{Child, State, Verdict};
use super::settings::Settings;
use super::socket::Directory;
use super::tree::Tree;
use super::{exit_code, signals};
use crate::daemon::{Boot, Ended};
use crate::layout::RegionHeader;
use crate::state::Kind;
use crate::sys::process::{self, Child as Which, Exit, Fork, Reaped};
use crate::sys::{clock, futex, robust};
use core::sync::atomic::Ordering;
use core::time::Duration;

/// How long to wait before trying again to fork, when the kernel refused.
const REFUSED: Duration = Duration::from_millis(100);

/// Helper processes that a set-up hook may leave running.
const HELPERS: usize = 32;

/// The supervisor of a sealed tree.
pub struct Supervisor {
    pub(super) tree: &'static Tree,
    pub(super) arenas: Arenas,
    pub(super) doorbells: [i32; MOST_DAEMONS],
    directory: Directory,
    pub(super) settings: Settings,
    pub(super) children: [Child; MOST_DAEMONS],
    pid: i32,
    /// Exit code once the tree is to stop.
    pub(super) stopping: Option<i32>,
    pub(super) stops_seen: u32,
    /// When root was asked to stop by a signal.
    pub(super) asked_at: Duration,
    /// Children from before the first daemon.
    pub(super) helpers: [i32; HELPERS],
}

impl Supervisor {
    /// Takes over a tree whose memory is mapped and whose process is sealed.
    pub fn new(
        tree: &'static Tree,
        settings: Settings,
        arenas: Arenas,
        doorbells: [i32; MOST_DAEMONS],
        directory: Directory,
    ) -> Self {
        let mut helpers = [0; HELPERS];
        let mut found = 0;
        process::for_each_child(|pid| {
            if let Some(helper) = helpers.get_mut(found) {
                *helper = pid;
                found += 1;
            }
        });
        Self {
            helpers,
            tree,
            settings,
            arenas,
            doorbells,
            directory,
            children: [const { Child::new() }; MOST_DAEMONS],
            // SAFETY: no arguments.
            pid: unsafe { libc::getpid() },
            stopping: None,
            stops_seen: 0,
            asked_at: Duration::ZERO,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.tree.daemons.len().min(MOST_DAEMONS)
    }

    pub(super) fn header(&self, index: usize) -> &RegionHeader {
        // SAFETY: every region begins with its header, in the mapping that root keeps.
        unsafe { &*self.arenas.alias.wrapping_add(self.tree.region_at(index)).cast() }
    }

    /// Runs until every daemon has ended for good; returns root's exit code.
    pub fn run(mut self) -> i32 {
        loop {
            let poke = signals::POKE.load(Ordering::SeqCst);
            self.notice_deaths();
            self.reap();
            self.notice_requests();
            self.directory.answer(self.arenas.reader, self.arenas.state);
            let now = clock::monotonic();
            self.advance_stop(now);
            self.start_due(now);
            if (0..self.count()).all(|i| self.children[i].state == State::Ended) {
                break;
            }
            self.wait(poke);
        }
        Self::end_everybody();
        self.directory.remove();
        self.stopping.unwrap_or(exit_code::DONE)
    }

    fn wait(&self, poke: u32) {
        let mut waiters = [futex::Waiter::private(&raw const signals::POKE, poke); MOST_DAEMONS + 1];
        let mut count = 1;
        let mut deadline: Option<Duration> = None;
        for index in 0..self.count() {
            let until = match self.children[index].state {
                State::Due(at) | State::Stopping(at) => Some(at),
                State::Running | State::Killed | State::Ended => None,
            };
            deadline = match (deadline, until) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if !matches!(self.children[index].state, State::Due(_) | State::Ended) {
                let word = &self.header(index).robust.word;
                let value = robust::load(word);
                // Died since it was looked at: go round once more.
                if robust::died(value) {
                    return;
                }
                waiters[count] = futex::Waiter::new(word, value);
                count += 1;
            }
        }
        // Every outcome, a signal and an error among them, means: look again.
        let _ = futex::wait_any(&waiters[..count], deadline);
    }

    fn start_due(&mut self, now: Duration) {
        for index in 0..self.count() {
            if self.stopping.is_none() && matches!(self.children[index].state, State::Due(at) if at <= now) {
                self.start(index, now);
            }
        }
    }

    fn start(&mut self, index: usize, now: Duration) {
        let generation = self.children[index].generation + 1;
        let entry = &self.arenas.block().entries[index];
        entry.generation.store(generation, Ordering::Release);
        entry.desired.store(0, Ordering::Release);
        self.header(index).robust.word.store(0, Ordering::Release);
        let mask = crate::sys::signal::block_all();
        // SAFETY: root has one thread.
        let forked = self.arenas.leave(self.tree, index).and_then(|()| unsafe { process::fork() });
        if !matches!(forked, Ok(Fork::Child)) && self.arenas.withhold(self.tree, index).is_err() {
            // The next child would inherit this daemon's state: better none than that.
            log::error!(
                "cannot keep the memory of {} from other daemons; stopping",
                self.tree.daemons[index].name
            );
            self.stopping = Some(exit_code::SEAL);
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
                (self.tree.daemons[index].enter)(&boot)
            }
            Ok(Fork::Parent(pid)) => {
                crate::sys::signal::restore(&mask);
                self.children[index].started(pid, generation, now);
                let entry = &self.arenas.block().entries[index];
                entry.pid.store(pid as u32, Ordering::Release);
                entry.started.store(now.as_nanos() as u64, Ordering::Release);
                entry.restarts.store((generation - 1) as u32, Ordering::Release);
                self.set_phase(index, Phase::Running);
            }
            Err(errno) => {
                crate::sys::signal::restore(&mask);
                log::error!("{}: cannot fork: {errno}; trying again", self.tree.daemons[index].name);
                self.children[index].state = State::Due(now + REFUSED);
            }
        }
    }

    /// Looks at every robust word: the fast way to know of a death.
    fn notice_deaths(&mut self) {
        for index in 0..self.count() {
            if matches!(self.children[index].state, State::Running | State::Stopping(_) | State::Killed)
                && robust::died(robust::load(&self.header(index).robust.word))
            {
                self.bury(index);
            }
        }
    }

    /// Takes exit statuses: of daemons, for the log and as the fallback for those that died before they had
    /// registered their word; of orphans, so that none stays a zombie.
    fn reap(&mut self) {
        while let Some(pid) = process::ended_child() {
            // Buried before it is reaped: until then its PID, which names its session, is nobody else's.
            let own = |child: &Child| child.pid == pid;
            let index = self.children[..self.count()].iter().position(own);
            if let Some(index) = index {
                let state = &self.children[index].state;
                if matches!(state, State::Running | State::Stopping(_) | State::Killed) {
                    self.bury(index);
                }
            }
            let Reaped::Ended(_, exit) = process::reap(Which::Pid(pid), false) else { return };
            let had = |child: &Child| child.pid == pid || child.predecessors.contains(&pid);
            if let Some(index) = self.children[..self.count()].iter().position(had) {
                let name = self.tree.daemons[index].name;
                match exit {
                    Exit::Code(code) => log::debug!("{name} [{pid}] exited with {code}"),
                    Exit::Signal(signal) => {
                        log::warn!("{name} [{pid}] was ended by {}", crate::failure::signal_name(signal));
                    }
                }
                self.end_orphans();
            }
        }
    }

    /// A daemon has died: end what it left, and decide whether to start it again.
    fn bury(&mut self, index: usize) {
        let daemon = &self.tree.daemons[index];
        let now = clock::monotonic();
        process::kill_group(self.children[index].pid);
        let ended = Ended::from_number(self.header(index).outcome.load(Ordering::Acquire));
        let again = match daemon.options.kind {
            Kind::Permanent => true,
            Kind::Transient => ended != Ended::Done,
            Kind::Temporary => false,
        };
        let pid = self.children[index].pid;
        if self.stopping.is_some() || !again {
            log::info!("{} [{pid}] {}", daemon.name, ended.describe());
            self.children[index].state = State::Ended;
            self.set_phase(index, Phase::Ended);
            return;
        }
        match self.children[index].died(now, &daemon.options) {
            Verdict::Restart(at) => {
                let wait = at.saturating_sub(now).as_millis();
                log::warn!("{} [{pid}] {}; starting again in {wait} ms", daemon.name, ended.describe());
                self.children[index].state = State::Due(at);
                self.set_phase(index, Phase::Backoff);
            }
            Verdict::Escalate => {
                log::error!(
                    "{} [{pid}] {}: more than {} restarts within {:?}; stopping",
                    daemon.name,
                    ended.describe(),
                    daemon.options.max_restarts,
                    daemon.options.within
                );
                self.children[index].state = State::Ended;
                self.set_phase(index, Phase::Ended);
                self.stopping = Some(exit_code::RESTARTS);
            }
        }
    }

    pub(super) fn set_phase(&self, index: usize, phase: Phase) {
        self.arenas.block().entries[index].phase.store(phase as u32, Ordering::Release);
    }
}
