//! What must become of one member: its state, what recovery says that it did, and what the ladder and its will make of a
//! death. [`group`](super::group) says what a death means for the others.

use super::damage::Damage;
use super::step::{Death, Will};
use core::fmt;
use perennial::state::{Options, Restart};

/// What a newborn says was done about the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing.
    Resumed,
    /// So many commits were undone.
    RolledBack(u64),
    /// All of it is zero.
    Reset,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resumed => f.write_str("how=resumed commits=0"),
            Self::RolledBack(commits) => write!(f, "how=rolled-back commits={commits}"),
            Self::Reset => f.write_str("how=reset commits=0"),
        }
    }
}

/// What comes of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `run` is entered.
    Reborn(Recovery),
    /// The newborn has the tree stopped with this code.
    Stops(u8),
}

/// What a commit changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The value, of which there are copies.
    pub value: u64,
    /// What is to be done about a death, as a number.
    pub will: u64,
    /// Whether the number of changes is odd.
    pub turned: bool,
}

/// What is done about a death.
enum Plan {
    Resume,
    Undo(usize),
    Reset,
    Stop(u8),
}

/// One member's state.
#[derive(Clone, Debug)]
pub struct Memory {
    options: &'static Options,
    validates: bool,
    /// The state now.
    pub state: State,
    /// Commits so far.
    pub sequence: u64,
    /// Resets, and commits that were undone.
    pub epoch: u64,
    /// States before each commit that can be undone, oldest first.
    past: Vec<State>,
    /// Checkpoints, oldest first, with how many commits could be undone then.
    marks: Vec<(&'static str, usize)>,
    /// Deaths that counted against the state.
    deaths: u32,
    /// Whether it is not to be looked at: it was written over, and nobody will make that good.
    pub is_spoilt: bool,
}

impl Memory {
    /// All-zero.
    pub fn new(options: &'static Options, validates: bool) -> Self {
        let (past, marks) = (Vec::new(), Vec::new());
        Self {
            options,
            validates,
            state: State::default(),
            sequence: 0,
            epoch: 0,
            past,
            marks,
            deaths: 0,
            is_spoilt: false,
        }
    }

    /// The value grows by so much.
    pub fn commit(&mut self, by: u64, will: Option<Will>) {
        self.past.push(self.state);
        self.state.value += by;
        self.state.will = will.map_or(self.state.will, Will::number);
        self.state.turned = !self.state.turned;
        self.sequence += 1;
    }

    /// The state gets a name; the newest three stay.
    pub fn checkpoint(&mut self, name: &'static str) {
        self.marks.retain(|mark| mark.0 != name);
        self.marks.push((name, self.past.len()));
        if self.marks.len() > 3 {
            self.marks.remove(0);
        }
    }

    /// So many commits are undone, or as many as there are; how many. Each is a commit, and opens an epoch.
    pub fn undo(&mut self, commits: usize) -> u64 {
        let left = self.past.len().saturating_sub(commits);
        let undone = (self.past.len() - left) as u64;
        self.state = self.past.get(left).copied().unwrap_or(self.state);
        self.past.truncate(left);
        self.marks.retain(|mark| mark.1 <= left);
        self.sequence += undone;
        self.epoch += undone;
        undone
    }

    fn reset(&mut self) {
        self.state = State::default();
        self.epoch += 1;
        self.past.clear();
        self.marks.clear();
    }

    /// The first half of a recovery, which is all that there is for a member that is not started again: what was written
    /// over in the journal and in the header. Whether the state was reset.
    pub fn replay(&mut self, damage: Damage) -> bool {
        match damage {
            Damage::Published => self.sequence += 1,
            Damage::Torn | Damage::Resetting | Damage::Magic => {}
            _ => return false,
        }
        self.reset();
        true
    }

    /// A successor takes over; `death` is `None` where the member was only stopped together with others.
    pub fn recover(&mut self, death: Option<Death>, ordered: bool, damage: Damage) -> Outcome {
        let discredits = death.is_some_and(Death::discredits);
        self.deaths += u32::from(discredits);
        if damage == Damage::History {
            // What leads to an older state is gone.
            let end = self.past.len();
            self.past.clear();
            self.marks.retain(|mark| mark.1 == end);
            self.marks.iter_mut().for_each(|mark| mark.1 = 0);
        }
        if self.replay(damage) {
            return Outcome::Reborn(Recovery::Reset);
        }
        let mut unsound = damage == Damage::Field || damage == Damage::Copy && self.validates;
        let mut undone = 0;
        match self.plan(death, discredits, ordered, unsound) {
            Plan::Resume => {}
            Plan::Stop(code) => return Outcome::Stops(code),
            Plan::Reset => {
                self.reset();
                return Outcome::Reborn(Recovery::Reset);
            }
            Plan::Undo(commits) => {
                undone = self.undo(commits);
                unsound &= undone == 0;
            }
        }
        if unsound {
            if self.past.is_empty() {
                self.reset();
                return Outcome::Reborn(Recovery::Reset);
            }
            undone += self.undo(1);
        }
        Outcome::Reborn(if undone == 0 { Recovery::Resumed } else { Recovery::RolledBack(undone) })
    }

    fn plan(&self, death: Option<Death>, discredits: bool, ordered: bool, unsound: bool) -> Plan {
        if ordered || self.options.restart == Restart::Reset {
            return Plan::Reset;
        }
        if self.options.restart == Restart::Decide && death.is_some() {
            match if unsound { Will::Resume } else { Will::of(self.state.will) } {
                Will::Resume => return Plan::Resume,
                Will::Reset => return Plan::Reset,
                Will::Back(commits) => return Plan::Undo(commits as usize),
                Will::BackTo => return Plan::Undo(self.since("a").unwrap_or(usize::MAX)),
                Will::Stop => return Plan::Stop(super::step::DECIDED),
                Will::Panic => {}
            }
        }
        let rung = if discredits { self.deaths.saturating_sub(self.options.resumes) } else { 0 };
        match rung {
            0 => Plan::Resume,
            _ if rung > self.options.rollbacks || self.past.is_empty() => Plan::Reset,
            1 => {
                let mut since = self.marks.iter().rev().map(|mark| self.past.len() - mark.1);
                Plan::Undo(since.find(|since| *since != 0).unwrap_or(1))
            }
            _ => Plan::Undo(usize::MAX),
        }
    }

    /// How many commits lie between the state and a checkpoint.
    fn since(&self, name: &str) -> Option<usize> {
        self.marks.iter().find(|mark| mark.0 == name).map(|mark| self.past.len() - mark.1)
    }
}
