//! The two ends of a ring under the tracer. One is the victim; the other sees what it leaves, and is waiting for it.

use super::marks::{SLEEP, Words};
use super::{Case, Event, Oracle, Path, Tracee, Tracer, ring};

/// Which end dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Whoever pushes; the other waits for a parcel.
    Pusher,
    /// Whoever pops; the other waits for room.
    Popper,
}

/// Both ends, showing their states.
#[derive(Debug)]
pub struct Ends {
    /// The tracer of their tree.
    pub tracer: Tracer,
    role: Victim,
    victim: Tracee,
    other: Tracee,
    /// How much the victim has done, and what the other has made of it.
    done: u64,
    met: u64,
    asleep: bool,
    oracle: Oracle,
}

/// The places of both among the daemons.
const PUSHER: usize = 2;
const POPPER: usize = 3;
/// As much of their images as tells the newest parcel.
const IMAGE: usize = 64;

impl Ends {
    /// In a tree of their own. Where the popper is to die, the ring is full.
    ///
    /// # Panics
    /// When they do not begin as they must.
    pub fn new(program: &str, role: Victim) -> Self {
        let mut tracer = Tracer::start(program, Case::Ring);
        let (first, words) = tracer.shown();
        let (second, _) = tracer.shown();
        let pusher_is_first = words[0] == ring::PUSHER;
        let (victim, other) = match role {
            Victim::Pusher if pusher_is_first => (first, second),
            Victim::Popper if !pusher_is_first => (first, second),
            _ => (second, first),
        };
        let index = if role == Victim::Pusher { PUSHER } else { POPPER };
        let oracle = Oracle::on(&mut tracer, index);
        let mut ends = Self { tracer, role, victim, other, done: 0, met: 0, asleep: false, oracle };
        if role == Victim::Popper {
            for _ in 0..ring::CAPACITY {
                ends.let_other_look();
            }
            assert_eq!(ends.met, ring::CAPACITY as u64);
        }
        ends
    }

    fn victims_words(&self, done: u64) -> Words {
        match self.role {
            Victim::Pusher => ring::pusher(done),
            Victim::Popper => ring::popper(done),
        }
    }

    fn others_words(&self, met: u64) -> Words {
        match self.role {
            Victim::Pusher => ring::popper(met),
            Victim::Popper => ring::pusher(met),
        }
    }

    /// What the other has done if it has met everything that the victim did.
    fn all_met(&self) -> u64 {
        match self.role {
            Victim::Pusher => self.done,
            Victim::Popper => self.done + ring::CAPACITY as u64,
        }
    }

    /// Lets the other end do once what it can.
    ///
    /// # Panics
    /// When it does what it cannot.
    fn let_other_look(&mut self) {
        let words = self.tracer.once_more(self.other, 0);
        self.take_others(&words);
    }

    fn take_others(&mut self, words: &Words) {
        self.met += u64::from(words[1] == self.met + 1);
        assert_eq!(*words, self.others_words(self.met), "what the other end has met is whole, and in order");
    }

    fn take_victims(&mut self, words: &Words) -> bool {
        let new = words[1] == self.done + 1;
        self.done += u64::from(new);
        assert_eq!(*words, self.victims_words(self.done), "torn");
        new
    }

    /// The way through what the victim does.
    ///
    /// # Panics
    /// When it does not do it.
    pub fn record(&mut self) -> Path {
        // Every later one goes this way as the first of its life.
        self.take_away();
        self.tracer.to_beginning(self.victim, 0);
        let mut observer = self.oracle.observer(IMAGE);
        let path = self.tracer.record(self.victim, self.tracer.to, || observer.look());
        observer.check_one_commit();
        self.tracer.kill(self.victim);
        assert!(self.await_successor());
        self.let_other_look();
        assert_eq!(self.met, self.all_met());
        path
    }

    fn await_successor(&mut self) -> bool {
        let (victim, words) = self.tracer.shown();
        self.victim = victim;
        self.take_victims(&words)
    }

    /// Kills the victim at `point`; returns whether it has come there, and whether its effect must come about.
    fn kill_at(&mut self, path: &Path, point: usize) -> (bool, bool) {
        self.oracle.begin();
        self.tracer.to_beginning(self.victim, 0);
        let on_the_way = self.tracer.go_along(self.victim, path, point);
        let due = self.oracle.passed();
        self.tracer.kill(self.victim);
        (on_the_way, due)
    }

    /// A parcel whose handling has failed is handled otherwise than a new one, and leaves a trace: it is taken away, and
    /// so is one more. The victim's life begins anew.
    fn take_away(&mut self) {
        if self.role == Victim::Popper {
            for _ in 0..2 {
                let words = self.tracer.once_more(self.victim, 0);
                assert!(self.take_victims(&words), "there is a parcel");
                if self.asleep {
                    self.await_other();
                } else {
                    self.let_other_look();
                }
            }
        }
        self.tracer.kill(self.victim);
        assert!(!self.await_successor());
    }

    /// Waits until the other end, which slept, has met something.
    fn await_other(&mut self) {
        loop {
            match self.tracer.wait() {
                Event::Stopped(tracee, at) if tracee == self.other => {
                    if at == self.tracer.show {
                        self.take_others(&tracee.shown());
                        self.asleep = false;
                        return;
                    }
                    tracee.go_on();
                }
                event => panic!("nobody else goes on: {event:?}"),
            }
        }
    }

    /// Kills the victim at `point` and lets the other end look before anybody recovers what is left. Returns whether
    /// the effect has come, and whether the victim has come to the point.
    ///
    /// # Panics
    /// When the other end sees what is not so.
    pub fn look_before_recovery(&mut self, path: &Path, point: usize) -> (bool, bool) {
        self.take_away();
        let (on_the_way, due) = self.kill_at(path, point);
        let newborn = loop {
            match self.tracer.wait() {
                Event::Born(newborn) => break newborn,
                Event::Ended(_) => {}
                Event::Stopped(tracee, at) => panic!("{tracee:?} stopped at {at:#x}"),
            }
        };
        let before = self.met;
        self.let_other_look();
        let early = self.met != before;
        self.tracer.release(newborn);
        let new = self.await_successor();
        assert_eq!(new, due, "what was published is there, and nothing else");
        assert!(new || !early, "the other end has met what did not come about");
        if !early {
            self.let_other_look();
        }
        assert_eq!(self.met, self.all_met(), "everything is met once");
        (new, on_the_way)
    }

    /// Kills the victim at `point` while the other end sleeps. Returns as [`Ends::look_before_recovery`].
    ///
    /// # Panics
    /// When the other end is not woken, or for nothing.
    pub fn wake_after_recovery(&mut self, path: &Path, point: usize) -> (bool, bool) {
        self.take_away();
        if !self.asleep {
            self.other.order(SLEEP);
            self.other.go_on();
        }
        self.tracer.until_asleep(self.other);
        let (on_the_way, due) = self.kill_at(path, point);
        let (mut new, mut woken) = (None, false);
        while new.is_none() || (new == Some(true) && !woken) {
            match self.tracer.wait() {
                Event::Born(newborn) => self.tracer.release(newborn),
                Event::Ended(_) => {}
                Event::Stopped(tracee, at) if tracee == self.other => {
                    if at == self.tracer.show {
                        woken = true;
                        self.take_others(&tracee.shown());
                    } else {
                        tracee.go_on();
                    }
                }
                Event::Stopped(tracee, at) => {
                    assert_eq!(at, self.tracer.show);
                    self.victim = tracee;
                    new = Some(self.take_victims(&tracee.shown()));
                }
            }
        }
        self.asleep = !woken;
        let new = new == Some(true);
        assert_eq!(new, due, "what was published is there, and nothing else");
        assert_eq!(self.met, self.all_met(), "everything is met once");
        (new, on_the_way)
    }
}
