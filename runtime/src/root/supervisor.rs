//! Root's event loop.
//!
//! It waits on one futex for each daemon, the robust word that the kernel marks when the daemon dies, and on
//! the poke word that signal handlers change; the earliest restart or deadline is the timeout. There is no
//! descriptor to poll and nothing to allocate.
//!
//! Nothing here can panic: a daemon's index is masked to the size of its tables, and times saturate.

use super::arena::Arenas;
use super::block::{Entry, MOST_DAEMONS, Phase};
use super::child::{Child, State};
use super::events::Kind;
use super::settings::Settings;
use super::socket::Directory;
use super::time::Time;
use super::tree::{Descriptor, Tree};
use super::{exit_code, signals};
use crate::layout::RegionHeader;
use crate::state::Options;
use crate::sys::{futex, process, robust};
use core::sync::atomic::{AtomicU32, Ordering};

/// Helper processes that a set-up hook may leave running.
const HELPERS: usize = 32;

const _: () = assert!(MOST_DAEMONS.is_power_of_two());

/// An index as the tables take it.
const fn masked(index: usize) -> usize {
    index & (MOST_DAEMONS - 1)
}

// Root waits on a word of each daemon's, and one of its own.
const _: () = assert!(MOST_DAEMONS < futex::MOST);

/// The supervisor of a sealed tree.
pub struct Supervisor {
    pub(super) tree: &'static Tree,
    pub(super) arenas: Arenas,
    pub(super) doorbells: [i32; MOST_DAEMONS],
    pub(super) directory: Directory,
    pub(super) settings: Settings,
    children: [Child; MOST_DAEMONS],
    daemons: [&'static Descriptor; MOST_DAEMONS],
    headers: [*const RegionHeader; MOST_DAEMONS],
    /// Daemons in the order in which they are started.
    order: [usize; MOST_DAEMONS],
    pub(super) pid: i32,
    /// Exit code once the tree is to stop.
    pub(super) stopping: Option<i32>,
    pub(super) stops_seen: u32,
    /// When root was asked to stop by a signal.
    pub(super) asked_at: Option<Time>,
    /// Whether the tree goes on without somebody.
    pub(super) abandoned: bool,
    /// Children from before the first daemon.
    pub(super) helpers: [i32; HELPERS],
    seed: u64,
}

impl Supervisor {
    /// Takes over a tree whose memory is mapped and whose process is sealed. `first` is its first daemon.
    pub fn new(
        tree: &'static Tree,
        first: &'static Descriptor,
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
        let mut daemons = [first; MOST_DAEMONS];
        let mut headers = [core::ptr::null(); MOST_DAEMONS];
        for (index, daemon) in tree.daemons.iter().enumerate().take(MOST_DAEMONS) {
            daemons[index] = daemon;
            headers[index] = arenas.alias.wrapping_add(tree.region_at(index)).cast_const().cast();
        }
        Self {
            helpers,
            tree,
            settings,
            arenas,
            doorbells,
            directory,
            children: [const { Child::new() }; MOST_DAEMONS],
            daemons,
            headers,
            order: super::order::start_order(tree),
            // SAFETY: no arguments.
            pid: unsafe { libc::getpid() },
            stopping: None,
            stops_seen: 0,
            asked_at: None,
            abandoned: false,
            seed: Time::now().nanos() | 1,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.tree.daemons.len().min(MOST_DAEMONS)
    }

    pub(super) fn child(&self, index: usize) -> &Child {
        &self.children[masked(index)]
    }

    pub(super) fn child_mut(&mut self, index: usize) -> &mut Child {
        &mut self.children[masked(index)]
    }

    pub(super) fn daemon(&self, index: usize) -> &'static Descriptor {
        self.daemons[masked(index)]
    }

    /// The daemon's options, as the settings have changed them.
    pub(super) fn options(&self, index: usize) -> &Options {
        self.settings.options(index)
    }

    pub(super) fn entry(&self, index: usize) -> &Entry {
        &self.arenas.block().entries[masked(index)]
    }

    pub(super) fn doorbell(&self, index: usize) -> i32 {
        self.doorbells[masked(index)]
    }

    /// The region's header of a daemon that exists.
    pub(super) fn header(&self, index: usize) -> &RegionHeader {
        // SAFETY: every region begins with its header, in the mapping that root keeps; every index below `count`
        // has one, and indices come from there.
        unsafe { &*self.headers[masked(index)] }
    }

    /// The daemon at this place of the order in which they are started.
    pub(super) fn in_order(&self, place: usize) -> usize {
        self.order[masked(place)]
    }

    /// Where in that order a daemon stands.
    pub(super) fn place_of(&self, index: usize) -> usize {
        self.order.iter().position(|&other| other == index).unwrap_or(0)
    }

    /// The daemon whose newest incarnation has this PID.
    pub(super) fn index_of(&self, pid: i32) -> Option<usize> {
        (0..self.count()).find(|&index| self.child(index).pid == pid)
    }

    /// A number that nobody depends on (Marsaglia, "Xorshift RNGs").
    pub(super) fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    /// Runs until every daemon has ended for good; returns root's exit code.
    #[inline(never)]
    pub fn run(mut self) -> i32 {
        let (mut wanted, mut looked) = (None, Time::ZERO);
        loop {
            let poke = signals::POKE.load(Ordering::SeqCst);
            let now = Time::now();
            self.excuse_if_overslept(wanted, looked, now);
            looked = now;
            // First, since who asks for a stop may have signalled the daemons as well.
            self.notice_requests();
            self.notice_deaths();
            // Again, since who has died may have asked for a stop after root had looked: its successor clears that.
            self.notice_requests();
            self.advance_stop(now);
            self.advance_regroup(now);
            // Not the round's time, or who has just died would not be due before the next one.
            self.start_due(Time::now());
            // What follows can wait until the dead are replaced.
            self.reap();
            self.notice_frozen();
            self.directory.answer(self.arenas.reader, self.arenas.state);
            self.notice_replays();
            self.notice_ready();
            self.watch(now);
            if (0..self.count()).all(|index| self.child(index).state == State::Ended) {
                // Whoever has ended in this round may have asked for a stop after root last looked.
                self.notice_shutdown();
                break;
            }
            self.know_the_way();
            wanted = self.wait(poke);
        }
        Self::end_everybody();
        self.directory.remove();
        self.stopping.unwrap_or(if self.abandoned { exit_code::RESTARTS } else { exit_code::DONE })
    }

    /// Waits until there is something to do; returns when root wanted to be woken at the latest.
    fn wait(&self, poke: u32) -> Option<Time> {
        let mut waiters = futex::Waiters::one(futex::Waiter::private(&raw const signals::POKE, poke));
        let mut deadline: Option<Time> = None;
        for index in 0..self.count() {
            let child = self.child(index);
            let until = match child.state {
                State::Due(_) if self.is_held(index) => None,
                State::Due(at) | State::Stopping(at) | State::Killed(at) => Some(at),
                State::Running => child.watch.due(),
                State::Ended => None,
            };
            deadline = match (deadline, until) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if child.is_alive() {
                let word = &self.header(index).robust.word;
                let value = robust::load(word);
                // Died since it was looked at: go round once more.
                if robust::died(value) {
                    return None;
                }
                waiters.add(futex::Waiter::new(word, value));
            }
        }
        // Every outcome, a signal and an error among them, means: look again.
        let _ = waiters.wait(deadline.map(Time::duration));
        deadline
    }

    pub(super) fn set_phase(&self, index: usize, phase: Phase) {
        let word = &self.entry(index).phase;
        let before = word.swap(phase as u32, Ordering::SeqCst);
        let news = match phase {
            Phase::Ended => Some(Kind::Over),
            Phase::Abandoned => Some(Kind::Abandoned),
            Phase::Stopping => Some(Kind::Stopping),
            Phase::Frozen => Some(Kind::Frozen),
            Phase::Starting | Phase::Running if before == Phase::Frozen as u32 => Some(Kind::Thawed),
            _ => None,
        };
        if let Some(kind) = news.filter(|_| before != phase as u32) {
            self.tell(index, kind);
        }
        if matches!(phase, Phase::Ended | Phase::Abandoned) {
            self.release_producers(index, word);
        }
    }

    /// Daemon `index` will take no more messages: whoever waits until it has made room need not any longer.
    fn release_producers(&self, index: usize, word: &AtomicU32) {
        let mut consumes = false;
        for ring in self.tree.rings {
            if ring.consumer.0 == index {
                consumes = true;
                self.alert(ring.producer.0);
            }
        }
        if consumes {
            futex::wake(word);
        }
    }

    /// Wakes a daemon that waits on its doorbell. Not inlined: in a loop, the address of `write` would be kept in a
    /// register, and root calls nothing through pointers.
    #[inline(never)]
    fn alert(&self, index: usize) {
        crate::daemon::ring(self.doorbell(index));
    }

    /// Shows what a daemon is doing, from what is known of it.
    pub(super) fn show_phase(&self, index: usize) {
        let child = self.child(index);
        let phase = match child.state {
            State::Due(_) => Phase::Backoff,
            State::Running if child.watch.frozen => Phase::Frozen,
            State::Running if self.header(index).ready.load(Ordering::Acquire) == 0 => Phase::Starting,
            State::Running => Phase::Running,
            State::Stopping(_) | State::Killed(_) => Phase::Stopping,
            State::Ended => Phase::Ended,
        };
        self.set_phase(index, phase);
    }
}
