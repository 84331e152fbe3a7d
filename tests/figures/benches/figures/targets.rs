//! The figures and what they are to be at most.

use perennial_figures::Figure;

/// Transactions back to back.
pub const FORK: Figure = Figure::new("fork_64B", 1, None, Some(1.1));
/// A transaction until its result is committed.
pub const ANSWER: Figure = Figure::new("fork_64B_answer", 1, Some(0.75), Some(1.1));
/// The same with 16 elements on as many pages.
pub const ANSWER_16: Figure = Figure::new("fork_16x64B_answer", 1, None, Some(1.1));
/// With 256.
pub const ANSWER_256: Figure = Figure::new("fork_256x64B_answer", 1, Some(1.15), Some(1.1));
/// A daemon's own commit of one element.
pub const COMMIT_1: Figure = Figure::new("commit_1", 1000, Some(2.0), Some(1.1));
/// Of 16.
pub const COMMIT_16: Figure = Figure::new("commit_16", 1000, Some(2.0), Some(1.1));
/// Of 256.
pub const COMMIT_256: Figure = Figure::new("commit_256", 1000, Some(2.0), Some(1.1));
/// SIGSEGV of a transaction until the next attempt's first instruction.
pub const RETRY: Figure = Figure::new("retry", 1, Some(1.1), Some(1.1));
/// SIGKILL of a daemon until `run` is entered again.
pub const RESTART: Figure = Figure::new("restart", 1, Some(2.5), Some(3.0));
/// SIGSEGV of a daemon until `run` is entered again.
pub const RESTART_CRASH: Figure = Figure::new("restart_crash", 1, Some(2.5), Some(3.0));
