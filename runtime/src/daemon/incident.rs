//! What a newborn daemon is told about its predecessor's death, and what may be done about it.

use crate::report::Cause;
use crate::state::State;
use core::fmt;

/// What a daemon is doing, as far as the runtime knows; for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Activity {
    /// It is being born: recovery, or the user's functions that recovery calls.
    Recovering = 0,
    /// The user's code in `run`.
    Running = 1,
    /// Waiting in `wait`.
    Waiting = 2,
    /// Inside of `update`.
    Updating = 3,
    /// Waiting for a transaction.
    InFlight = 4,
    /// In a signal handler that interrupted a wait.
    Handling = 5,
}

impl Activity {
    /// The activity with this number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Running,
            2 => Self::Waiting,
            3 => Self::Updating,
            4 => Self::InFlight,
            5 => Self::Handling,
            _ => Self::Recovering,
        }
    }

    /// In words that go on from how a daemon ended.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Recovering => "while it recovered",
            Self::Running => "in `run`",
            Self::Waiting => "while it waited",
            Self::Updating => "inside `update`",
            Self::InFlight => "while it waited for a transaction",
            Self::Handling => "in a signal handler while it waited",
        }
    }
}

/// A rung of the recovery ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// Go on at the last commit.
    Resume,
    /// Go back to an older checkpoint.
    RollBack,
    /// Begin from all-zero state.
    Reset,
}

/// What is to be done about a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on at the last commit.
    Resume,
    /// Undo so many commits, or as many as the history holds.
    RollBack(usize),
    /// Go back to the checkpoint of this name; to the oldest state that the history holds if there is none.
    RollBackTo(&'static str),
    /// Begin from all-zero state.
    Reset,
    /// Stop the whole tree in order, with this exit code.
    Stop(u8),
}

/// A death, for the function that decides what is done about it.
pub struct Incident<'a, S: State> {
    /// How the predecessor ended.
    pub cause: Cause,
    /// What it was doing.
    pub activity: Activity,
    /// The last committed state, or what is left of it where it does not validate.
    pub state: Result<S::Ref<'a>, Damaged<'a>>,
    /// Deaths in a row that discredit the state, this one included if it does.
    pub deaths: u32,
    /// What the recovery ladder would do.
    pub rung: Rung,
    /// Commits that can be undone.
    pub undoable: usize,
}

impl<S: State> fmt::Debug for Incident<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incident")
            .field("cause", &self.cause)
            .field("activity", &self.activity)
            .field("valid", &self.state.is_ok())
            .field("deaths", &self.deaths)
            .field("rung", &self.rung)
            .field("undoable", &self.undoable)
            .finish()
    }
}

/// State that does not validate.
#[derive(Clone, Copy, Debug)]
pub struct Damaged<'a> {
    /// The name of the first field whose bytes its type does not allow; `None` where each field is valid for
    /// itself and the daemon's own `validate` refused the whole.
    pub field: Option<&'static str>,
    /// The raw bytes of the image; see `State::FIELDS` for what lies where.
    pub image: &'a [u8],
}
