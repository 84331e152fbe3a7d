//! What is done to a tree from outside: awaiting its events and its state, killing and stopping parts of it.

use super::observe::Observer;
use super::processes::{Process, children};
use super::{Event, Tree, Wanted};
use crate::daemon::Snapshot;
use crate::root::Phase;
use crate::state::{Scratch, State};
use core::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Tree {
    /// Waits for an event, which may have happened already since the start of the tree, and returns it.
    ///
    /// # Panics
    /// When the tree ends before, or it takes too long; with what the tree has said.
    pub fn await_event(&mut self, wanted: Wanted<'_>) -> Event {
        self.expect_daemon(wanted.daemon());
        self.meet(&wanted.to_string(), |tree| {
            let observer = tree.observer.as_ref().ok()?;
            observer.events.iter().find(|event| wanted.matches(event)).cloned()
        })
    }

    /// Everything that has happened to the daemons so far, in its order.
    ///
    /// # Panics
    /// When the tree does not start.
    pub fn events(&mut self) -> &[Event] {
        self.observe();
        self.observer.as_mut().map_or(&[], |observer| {
            observer.take();
            &observer.events
        })
    }

    /// Looks often whether something is there, at the latest when something has happened to a daemon.
    fn meet<T>(&mut self, what: &str, mut find: impl FnMut(&mut Self) -> Option<T>) -> T {
        self.observe();
        let deadline = Instant::now() + self.patience;
        loop {
            // Before the look, so that nothing that an ended tree has told is overlooked.
            let ended = self.has_ended();
            if let Ok(observer) = &mut self.observer {
                observer.take();
            }
            if let Some(found) = find(self) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match &self.observer {
                _ if ended => self.fail(&format!("ended, and this has not come: {what}")),
                _ if left.is_zero() => self.fail(&format!("waited too long for this: {what}")),
                Ok(observer) if observer.missed > 0 => {
                    self.fail(&format!("has done more than is kept, and perhaps this: {what}"))
                }
                Ok(observer) => observer.wait(left),
                Err(_) => {}
            }
        }
    }

    /// Makes sure that the tree has started.
    fn observe(&mut self) {
        let Err(stream) = &self.observer else { return };
        match Observer::receive(stream, self.patience) {
            Ok(observer) => self.observer = Ok(observer),
            Err(why) => self.fail(&format!("cannot be observed: {why}")),
        }
    }

    fn expect_daemon(&mut self, name: &str) {
        self.observe();
        let names = self.observer.as_ref().map_or(&[][..], Observer::names);
        if !names.iter().any(|one| one == name) {
            let names = names.join(", ");
            self.fail(&format!("has no daemon `{name}`, but these: {names}"));
        }
    }

    /// The process of daemon `name` and its generation, once there is one.
    fn incarnation(&mut self, name: &str) -> (Process, u64) {
        self.expect_daemon(name);
        let root = self.root();
        self.meet(&format!("a process of {name}"), |tree| {
            let entry = tree.observer.as_ref().ok()?.entry(name)?;
            let generation = entry.generation.load(Ordering::Acquire);
            let pid = entry.pid.load(Ordering::Acquire) as i32;
            let alive = Phase::from_number(entry.phase.load(Ordering::Acquire)).is_alive();
            // Root stores the generation before the fork and the PID after it.
            let started = Event::started(name).generation(generation);
            let told = tree.observer.as_ref().ok()?.events.iter().any(|event| started.matches(event));
            let process = children(root).into_iter().find(|child| child.pid == pid);
            process.filter(|_| alive && told).map(|process| (process, generation))
        })
    }

    /// Root's PID, also where the tree runs under another program.
    fn root(&self) -> i32 {
        self.observer.as_ref().map_or_else(|_| self.pid(), Observer::root)
    }

    /// The process of daemon `name`, if there is one just now.
    ///
    /// # Panics
    /// When the tree does not start, or has no such daemon.
    pub fn process_of(&mut self, name: &str) -> Option<Process> {
        self.expect_daemon(name);
        let entry = self.observer.as_ref().ok()?.entry(name)?;
        let pid = entry.pid.load(Ordering::Acquire) as i32;
        children(self.root()).into_iter().find(|child| child.pid == pid)
    }

    /// Sends a signal to the process of daemon `name`, as soon as there is one; returns the generation that it hit.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn signal_daemon(&mut self, name: &str, signal: i32) -> u64 {
        loop {
            let (process, generation) = self.incarnation(name);
            if process.signal(signal) {
                return generation;
            }
        }
    }

    /// Kills daemon `name` with SIGKILL, as soon as it runs; returns the generation that was killed.
    ///
    /// # Panics
    /// When it does not run in time.
    pub fn kill(&mut self, name: &str) -> u64 {
        self.signal_daemon(name, libc::SIGKILL)
    }

    /// Stops the process of daemon `name` with SIGSTOP and waits until it stands still; returns its generation.
    ///
    /// # Panics
    /// When it does not run in time.
    pub fn freeze(&mut self, name: &str) -> u64 {
        let before = self.count(Event::frozen(name));
        let generation = self.signal_daemon(name, libc::SIGSTOP);
        let wanted = Event::frozen(name).generation(generation);
        self.meet(&wanted.to_string(), |tree| (tree.count(Event::frozen(name)) > before).then_some(()));
        generation
    }

    /// Lets a process go on that [`freeze`](Tree::freeze) has stopped; returns its generation.
    ///
    /// # Panics
    /// When it does not run in time.
    pub fn thaw(&mut self, name: &str) -> u64 {
        self.signal_daemon(name, libc::SIGCONT)
    }

    fn count(&mut self, wanted: Wanted<'_>) -> usize {
        self.events().iter().filter(|event| wanted.matches(event)).count()
    }

    /// Kills a transaction of daemon `name`, the next that is seen; they are short, so that many may have come and gone
    /// before.
    ///
    /// # Panics
    /// When none is seen in time.
    pub fn kill_transaction(&mut self, name: &str) {
        let deadline = Instant::now() + self.patience;
        loop {
            let (daemon, _) = self.incarnation(name);
            if children(daemon.pid).iter().any(|child| child.signal(libc::SIGKILL)) {
                return;
            }
            if Instant::now() >= deadline {
                self.fail(&format!("was not seen with a transaction of {name}"));
            }
            std::thread::yield_now();
        }
    }

    /// All of the state of daemon `S` as one commit left it, with all collections, to be read, compared with a model, and
    /// even changed: it is a copy. The type must be the one that the program was built with, from a library that both
    /// share. What lies in shared memory of a daemon's family (locks) is not in it.
    ///
    /// # Panics
    /// When the tree has no such daemon, or it has died within a commit and does not recover in time.
    pub fn state<S: State>(&mut self) -> Snapshot<Scratch<S>> {
        self.observe();
        let patience = self.patience;
        match self.observer.as_ref().map(|observer| observer.state(patience)) {
            Ok(Ok(state)) => state,
            Ok(Err(why)) => self.fail(&why),
            Err(_) => self.fail("cannot be observed"),
        }
    }

    /// Waits until the state of daemon `S` is as `wanted`, and returns it.
    ///
    /// # Panics
    /// When that takes too long, and as [`state`](Tree::state).
    pub fn await_state<S: State>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&S::Ref<'_>) -> bool,
    ) -> Snapshot<Scratch<S>> {
        let deadline = Instant::now() + self.patience;
        let mut looked = None;
        loop {
            // Before the look, so that nothing that an ended tree has committed is overlooked.
            let over = self.has_ended() || Instant::now() >= deadline;
            self.observe();
            let commits = self.observer.as_ref().ok().and_then(Observer::commits::<S>);
            if looked.is_none() || looked != commits {
                let state = self.state::<S>();
                if wanted(&state.value.state()) {
                    return state;
                }
                looked = Some((state.epoch, state.sequence));
            }
            if over {
                self.fail(&format!("has not come to this: {what} ({} is at {looked:?})", S::NAME));
            }
            // A commit wakes nobody outside of the tree.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
