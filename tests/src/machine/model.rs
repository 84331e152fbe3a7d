//! What must become of the tree: its state, epoch, commits, incarnations and end, worked out without any process.

use crate::machine::Subject;
use core::fmt;
use perennial::daemon::Ended;
use perennial::state::State;

/// Restarts after which the tree is stopped with [`ESCALATED`].
pub const MOST_RESTARTS: u32 = Subject::OPTIONS.max_restarts;
/// The exit code then.
pub const ESCALATED: i32 = 17;

/// How a change of the state ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It is committed.
    Ok,
    /// It returns an error.
    Err,
    /// It panics.
    Panic,
    /// It ends by SIGABRT.
    Abort,
    /// It ends by SIGKILL.
    Kill,
}

/// How the subject dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// By SIGABRT or SIGKILL, or a panic, in the middle of a change.
    Changing(Manner),
    /// By SIGKILL from outside, while it waits.
    Killed,
    /// `run` returns `Ok`.
    Returned,
    /// `run` returns an error.
    Failed,
    /// `run` panics.
    Panicked,
    /// It calls `exit`.
    Exited(u8),
    /// It gives no sign of life.
    Hung,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change of the subject's own, by so much; it ends well or by an error.
    Change(bool, u64),
    /// A transaction.
    Fly(Manner, u64),
    /// A checkpoint of this name is taken.
    Checkpoint(&'static str),
    /// So many commits are undone.
    Rollback(u64),
    /// All commits since a checkpoint are undone.
    Return(&'static str),
    /// The subject dies.
    Die(Death),
}

impl Manner {
    /// As the subject is told of it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Err => "err",
            Self::Panic => "panic",
            Self::Abort => "abort",
            Self::Kill => "kill",
        }
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Death {
    /// What root says of it: how it ended, and with which signal or code.
    pub fn told(self) -> (Ended, u8) {
        match self {
            Self::Changing(Manner::Abort) => (Ended::Crashed, libc::SIGABRT as u8),
            Self::Changing(Manner::Kill) | Self::Killed => (Ended::Killed, libc::SIGKILL as u8),
            Self::Changing(_) | Self::Panicked => (Ended::Panicked, 0),
            Self::Returned => (Ended::Done, 0),
            Self::Failed => (Ended::Failed, 0),
            Self::Exited(code) => (Ended::Exited, code),
            Self::Hung => (Ended::Hung, 0),
        }
    }

    /// Whether it counts against the state.
    fn discredits(self) -> bool {
        matches!(self.told().0, Ended::Crashed | Ended::Panicked | Ended::Hung)
    }
}

/// What the newborn says was done about the state.
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

/// What the tree must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The subject's value.
    pub value: u64,
    /// Its commits so far.
    pub sequence: u64,
    /// Its epoch.
    pub epoch: u64,
    /// Its newest incarnation.
    pub generation: u64,
    /// Values before each commit that can be undone, oldest first.
    past: Vec<u64>,
    /// Checkpoints, oldest first, with how many commits could be undone then.
    marks: Vec<(&'static str, usize)>,
    /// Deaths that counted against the state.
    deaths: u32,
}

impl Default for Model {
    fn default() -> Self {
        let (past, marks) = (Vec::new(), Vec::new());
        Self { value: 0, sequence: 0, epoch: 0, generation: 1, past, marks, deaths: 0 }
    }
}

impl Model {
    /// The value grows by so much.
    pub fn commit(&mut self, by: u64) {
        self.past.push(self.value);
        self.value += by;
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
        self.value = self.past.get(left).copied().unwrap_or(self.value);
        self.past.truncate(left);
        self.marks.retain(|mark| mark.1 <= left);
        self.sequence += undone;
        self.epoch += undone;
        undone
    }

    /// How many commits lie between the state and a checkpoint.
    pub fn since(&self, name: &str) -> Option<usize> {
        self.marks.iter().find(|mark| mark.0 == name).map(|mark| self.past.len() - mark.1)
    }

    /// The subject dies; what its successor says, or `None` where that is one restart too many.
    pub fn die(&mut self, death: Death) -> Option<Recovery> {
        if self.generation > u64::from(MOST_RESTARTS) {
            return None;
        }
        self.generation += 1;
        let Some(rung) = self.climb(death) else { return Some(Recovery::Resumed) };
        if rung > Subject::OPTIONS.rollbacks || self.past.is_empty() {
            (self.value, self.epoch) = (0, self.epoch + 1);
            self.past.clear();
            self.marks.clear();
            return Some(Recovery::Reset);
        }
        let all = self.past.len();
        let newest = self.marks.iter().rev().map(|mark| all - mark.1).find(|since| *since != 0);
        Some(Recovery::RolledBack(self.undo(if rung == 1 { newest.unwrap_or(1) } else { all })))
    }

    /// How far above resuming the ladder is.
    fn climb(&mut self, death: Death) -> Option<u32> {
        if !death.discredits() {
            return None;
        }
        self.deaths += 1;
        self.deaths.checked_sub(Subject::OPTIONS.resumes).filter(|rung| *rung != 0)
    }
}
