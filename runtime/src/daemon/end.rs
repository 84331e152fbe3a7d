//! How a daemon ends, as a number that root can read without trusting it, and as the error type of `run`.

use crate::collections::Text;
use core::fmt::{self, Write};

/// What `run` returns.
pub type Outcome = Result<(), Error>;

/// Why a daemon could not go on: any error, as text of up to 112 bytes. It takes no memory from the heap.
///
/// Like `anyhow::Error` it is made from any error by `?`, and is for that reason no error itself.
///
/// ```
/// fn run() -> perennial::Outcome {
///     "x".parse::<u32>()?;
///     Ok(())
/// }
/// assert_eq!(run().unwrap_err().to_string(), "invalid digit found in string");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error(Text<112>);

impl Error {
    /// An error that says `reason`.
    pub fn new(reason: impl fmt::Display) -> Self {
        let mut text = Text::EMPTY;
        let _ = write!(text, "{reason}");
        Self(text)
    }

    /// What it says.
    pub(crate) fn text(&self) -> &Text<112> {
        &self.0
    }
}

impl From<Text<112>> for Error {
    fn from(text: Text<112>) -> Self {
        Self(text)
    }
}

impl<E: core::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How an incarnation ended: as far as it said so itself, and what root adds from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Ended {
    /// Nobody knows, or it has not ended.
    Unknown = 0,
    /// `run` returned `Ok`.
    Done = 1,
    /// `run` returned an error.
    Failed = 2,
    /// `run` panicked.
    Panicked = 3,
    /// It could not be born.
    Stillborn = 4,
    /// It crashed: its report has the signal and the place.
    Crashed = 5,
    /// This signal ended it.
    Killed = 6,
    /// It called `exit` with this code.
    Exited = 7,
    /// It gave no sign of life and was ended by the watchdog.
    Hung = 8,
    /// It did not become ready in time and was ended.
    Unready = 9,
}

impl Ended {
    /// The outcome with this number; what is none counts as unknown.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Done,
            2 => Self::Failed,
            3 => Self::Panicked,
            4 => Self::Stillborn,
            5 => Self::Crashed,
            6 => Self::Killed,
            7 => Self::Exited,
            8 => Self::Hung,
            9 => Self::Unready,
            _ => Self::Unknown,
        }
    }

    /// The exit code that a daemon ends itself with.
    pub fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Panicked => 101,
            Self::Stillborn => 71,
            _ => 1,
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Unknown => "ended",
            Self::Done => "returned",
            Self::Failed => "returned an error",
            Self::Panicked => "panicked",
            Self::Stillborn => "could not start",
            Self::Crashed => "crashed",
            Self::Killed => "was killed",
            Self::Exited => "called exit",
            Self::Hung => "hung",
            Self::Unready => "did not become ready in time",
        }
    }
}
