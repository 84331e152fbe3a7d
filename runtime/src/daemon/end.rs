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
#[derive(Clone, Copy)]
pub struct Error(Text<112>);

impl Error {
    /// An error that says `reason`.
    pub fn new(reason: impl fmt::Display) -> Self {
        let mut text = Text::EMPTY;
        let _ = write!(text, "{reason}");
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

/// How an incarnation ended, as far as it said so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Ended {
    /// It did not come to say: it crashed, was killed or called `exit`.
    Abnormally = 0,
    /// `run` returned `Ok`.
    Done = 1,
    /// `run` returned an error.
    Failed = 2,
    /// `run` panicked.
    Panicked = 3,
    /// It could not be born.
    Stillborn = 4,
}

impl Ended {
    /// The outcome with this number; what is no outcome counts as abnormal.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Done,
            2 => Self::Failed,
            3 => Self::Panicked,
            4 => Self::Stillborn,
            _ => Self::Abnormally,
        }
    }

    /// The exit code that goes with it.
    pub fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Failed | Self::Abnormally => 1,
            Self::Panicked => 101,
            Self::Stillborn => 71,
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Abnormally => "ended abnormally",
            Self::Done => "returned",
            Self::Failed => "returned an error",
            Self::Panicked => "panicked",
            Self::Stillborn => "could not start",
        }
    }
}
