//! The figures and what they are to be at most.

use core::fmt::{self, Display};

/// Units of a measurement in a nanosecond.
#[derive(Clone, Copy)]
pub struct Unit(pub u32);

/// What is measured.
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// The unit of its times.
    pub unit: Unit,
    /// The most that it may be over its base; `None` where nothing is promised.
    pub target: Option<f64>,
    /// The most that it may be at 1 GiB of state over 4 MiB.
    pub growth: Option<f64>,
}

const fn figure(name: &'static str, unit: u32, target: Option<f64>, growth: Option<f64>) -> Figure {
    Figure { name, unit: Unit(unit), target, growth }
}

/// Transactions back to back.
pub const FORK: Figure = figure("fork_64B", 1, None, Some(1.1));
/// A transaction until its result is committed.
pub const ANSWER: Figure = figure("fork_64B_answer", 1, Some(0.75), Some(1.1));
/// A daemon's own commit of one element.
pub const COMMIT_1: Figure = figure("commit_1", 1000, Some(2.0), None);
/// Of 16.
pub const COMMIT_16: Figure = figure("commit_16", 1000, Some(2.0), None);
/// Of 256.
pub const COMMIT_256: Figure = figure("commit_256", 1000, Some(2.0), None);
/// SIGSEGV of a transaction until the next attempt's first instruction.
pub const RETRY: Figure = figure("retry", 1, Some(1.1), Some(1.1));
/// SIGKILL of a daemon until `run` is entered again.
pub const RESTART: Figure = figure("restart", 1, Some(2.5), Some(3.0));
/// SIGSEGV of a daemon until `run` is entered again.
pub const RESTART_CRASH: Figure = figure("restart_crash", 1, Some(2.5), Some(3.0));

/// A ratio held against its target.
pub struct Held(pub f64, pub Option<f64>);

impl Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(ratio, Some(target)) => {
                write!(f, " target={target:.2} met={}", if ratio <= target { "yes" } else { "no" })
            }
            Self(_, None) => Ok(()),
        }
    }
}
