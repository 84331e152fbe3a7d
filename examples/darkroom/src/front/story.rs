//! The story of a run, told to a person while it happens; and the kills that belong to it.

use darkroom::event::Event;
use darkroom::progress::{Progress, Tally};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::Instant;

/// The daemons that are killed on the way, and at which part of the work.
const KILLS: [(&str, u64, u64); 3] = [("Intake", 1, 4), ("Darkroom", 1, 2), ("Catalogue", 3, 4)];

/// A daemon as far as it has told of itself.
struct Daemon {
    name: String,
    generation: u64,
    pid: u32,
    /// Since when it is dead by our hand.
    killed: Option<Instant>,
}

/// What is known of a run, and what was said about it.
pub struct Story {
    progress: Progress,
    tally: Tally,
    daemons: Vec<Daemon>,
    /// How many of [`KILLS`] are done; None if there are to be none.
    kills: Option<usize>,
    /// Whether to tell of each restart.
    each_restart: bool,
    full: bool,
}

impl Story {
    /// The story of `total` files; with `kill`, each daemon is killed once on the way.
    pub fn new(total: usize, kill: bool, each_restart: bool) -> Self {
        let tally = Tally { total: total as u64, ..Tally::default() };
        Self {
            progress: Progress::new(),
            tally,
            daemons: Vec::new(),
            kills: kill.then_some(0),
            each_restart,
            full: false,
        }
    }

    /// How often daemons were started again.
    pub fn restarts(&self) -> u64 {
        self.tally.restarts
    }

    /// Says something that is no event.
    pub fn say(&mut self, sentence: std::fmt::Arguments<'_>) {
        self.progress.say(sentence);
    }

    /// Ends the progress bar.
    pub fn finish(&mut self) {
        self.progress.finish();
    }

    /// Goes on by one line of the tree.
    pub fn hear(&mut self, line: &str) {
        match Event::parse(line) {
            Some(Event::Born { daemon, generation, pid }) => self.born(daemon, generation, pid),
            Some(Event::SetAside { name, why }) => {
                self.progress.say(format_args!("{name} is set aside: {why}"));
            }
            Some(Event::Tally { done, set_aside }) => {
                self.tally.done = done;
                self.tally.set_aside = set_aside;
                // A watched folder grows.
                self.tally.total = self.tally.total.max(done);
                self.kill_when_due();
            }
            Some(Event::Full { name }) => {
                if !self.full {
                    self.progress.say(format_args!(
                        "the catalogue is full: {name} and what comes after it stays in the folder; run again with another one"
                    ));
                }
                self.full = true;
            }
            None => self.progress.say(format_args!("{line}")),
        }
        self.tally.restarts = self.daemons.iter().map(|daemon| daemon.generation - 1).sum();
        self.progress.draw(self.tally);
    }

    fn born(&mut self, name: &str, generation: u64, pid: u32) {
        let generation = generation.max(1);
        let Some(known) = self.daemons.iter_mut().find(|daemon| daemon.name == name) else {
            self.daemons.push(Daemon { name: name.to_owned(), generation, pid, killed: None });
            return;
        };
        let before = known.pid;
        (known.generation, known.pid) = (generation, pid);
        match known.killed.take() {
            Some(at) => {
                let after = at.elapsed().as_secs_f64() * 1000.0;
                self.progress.say(format_args!(
                    "{name} (PID {before}) was killed with SIGKILL and was back after {after:.1} ms, as PID {pid}"
                ));
            }
            None if self.each_restart => {
                self.progress
                    .say(format_args!("{name} (PID {before}) died and was started again as PID {pid}"));
            }
            None => {}
        }
    }

    fn kill_when_due(&mut self) {
        let Some((name, part, of)) = self.kills.and_then(|done| KILLS.get(done)) else { return };
        if self.tally.done * of < self.tally.total * part {
            return;
        }
        // One that has just died for another reason is killed once it is back.
        let Some(daemon) = self.daemons.iter_mut().find(|daemon| daemon.name == *name) else { return };
        let at = Instant::now();
        if kill(Pid::from_raw(daemon.pid as i32), Signal::SIGKILL).is_ok() {
            daemon.killed = Some(at);
            self.kills = self.kills.map(|done| done + 1);
        }
    }
}
