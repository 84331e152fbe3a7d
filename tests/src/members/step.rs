//! What happens to the members, and how they are told.

use super::damage::Damage;
use core::fmt::{self, Write};
use perennial::Text;
use perennial::daemon::Ended;
use perennial::state::Escalation;

/// The exit code of a tree that is stopped because a member wants it so after its death.
pub const DECIDED: u8 = 9;

/// How a member dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// By SIGABRT.
    Crashed,
    /// By SIGKILL.
    Killed,
    /// `run` panics.
    Panicked,
    /// `run` returns `Ok`.
    Returned,
    /// `run` returns an error.
    Failed,
    /// It calls `exit`.
    Exited,
    /// It gives no sign of life.
    Hung,
}

/// What a member wants done about its death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Will {
    /// Nothing.
    Resume,
    /// All-zero state.
    Reset,
    /// So many commits undone.
    Back(u64),
    /// Back to the checkpoint `a`.
    BackTo,
    /// The tree stopped.
    Stop,
    /// It cannot say: the ladder takes its step.
    Panic,
}

/// One thing that happens, to the member of that place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change, by so much.
    Change(usize, u64),
    /// A change that says what is to be done about a death.
    Will(usize, Will),
    /// A checkpoint of this name is taken.
    Checkpoint(usize, &'static str),
    /// So many commits are undone.
    Rollback(usize, u64),
    /// It dies, with something of it written over.
    Die(usize, Death, Damage),
    /// SIGSTOP.
    Freeze(usize),
    /// SIGCONT.
    Thaw(usize),
    /// An operator sets how many restarts there may be, and what follows from one more.
    Limit(usize, u32, Escalation),
}

/// How something shows itself, without memory from the heap.
pub fn name(of: &impl fmt::Debug) -> Text<20> {
    let mut name = Text::EMPTY;
    // What does not fit is cut off.
    let _ = write!(name, "{of:?}");
    name
}

impl Death {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Crashed, Self::Killed, Self::Panicked, Self::Returned, Self::Failed, Self::Exited, Self::Hung];

    /// What the word means.
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|death| *word == *name(death).as_str()).unwrap_or(Self::Killed)
    }

    /// What root says of it.
    pub fn told(self) -> Ended {
        match self {
            Self::Crashed => Ended::Crashed,
            Self::Killed => Ended::Killed,
            Self::Panicked => Ended::Panicked,
            Self::Returned => Ended::Done,
            Self::Failed => Ended::Failed,
            Self::Exited => Ended::Exited,
            Self::Hung => Ended::Hung,
        }
    }

    /// Whether it counts against the state.
    pub fn discredits(self) -> bool {
        matches!(self, Self::Crashed | Self::Panicked | Self::Hung)
    }
}

impl Will {
    /// As it lies in the state.
    pub fn number(self) -> u64 {
        match self {
            Self::Resume => 0,
            Self::Reset => 1,
            Self::BackTo => 2,
            Self::Stop => 3,
            Self::Panic => 4,
            Self::Back(commits) => 10 + commits,
        }
    }

    /// What the number means.
    pub fn of(number: u64) -> Self {
        match number {
            1 => Self::Reset,
            2 => Self::BackTo,
            3 => Self::Stop,
            4 => Self::Panic,
            10.. => Self::Back(number - 10),
            _ => Self::Resume,
        }
    }
}
