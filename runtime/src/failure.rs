//! Why a transaction or an update did not take effect. In every case nothing of it was kept.

use crate::collections::Text;
use crate::commit::Rejected;
use core::fmt;
use core::time::Duration;

/// Why a transaction or an update did not take effect; nothing of it was kept.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Failure<E> {
    /// The task returned this error.
    Task(E),
    /// The task panicked. (A panic in an update goes on to its caller instead.)
    Panicked(Panic),
    /// The task's process crashed.
    Crashed(Crash),
    /// Somebody killed the task's process with this signal.
    Killed(i32),
    /// The task ended its process by `exit` with this code.
    Exited(i32),
    /// The task replaced its process by another program (`exec`), which was killed.
    Replaced,
    /// The task did not end within its timeout and was killed.
    TimedOut(Duration),
    /// The change, or the heap that it asked for, is beyond what was declared.
    OverBudget(Budget),
    /// The record that the task left does not hold what it must; its memory was damaged.
    Rejected(Rejected),
    /// The daemon's `validate` refused the state that the change would have led to.
    Invalid(crate::daemon::Error),
    /// No process could be started for the task.
    NotStarted(nix::errno::Errno),
    /// A message failed too often, and there is no room for another dead letter: take some out.
    DeadLettersFull,
}

/// A panic, caught as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panic {
    /// What it said, cut to what fits; the log has more of it.
    pub message: Text<76>,
    /// File, line and column; where it is long, its end.
    pub place: Text<32>,
}

/// What the crash handler of a process saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The signal.
    pub signal: i32,
    /// The signal's code; positive where the kernel raised it because of an instruction.
    pub code: i32,
    /// The address whose access failed, or of the failed instruction; 0 where a process sent the signal.
    pub address: u64,
    /// The instruction pointer.
    pub instruction: u64,
    /// The stack pointer.
    pub stack: u64,
}

// Results that carry a failure are returned by value from call to call: keep them below what clippy's
// `result_large_err` accepts in users' code.
const _: () = assert!(size_of::<Failure<()>>() < 128);

/// Which budget was exceeded, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// The change is larger than `record`.
    Record,
    /// The heap refused a request of this size.
    Heap(u64),
    /// The result has no room in the slot.
    Result,
}

pub(crate) fn over_record<E>() -> Failure<E> {
    Failure::OverBudget(Budget::Record)
}

impl<E> Failure<E> {
    /// Whether trying again may help, because the task did not come to an end of its own.
    pub fn is_crash(&self) -> bool {
        matches!(
            self,
            Self::Crashed(_) | Self::Killed(_) | Self::Exited(_) | Self::Replaced | Self::TimedOut(_)
        )
    }
}

/// The signal's name without allocating.
pub(crate) fn signal_name(signal: i32) -> &'static str {
    nix::sys::signal::Signal::try_from(signal).map_or("unknown signal", nix::sys::signal::Signal::as_str)
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signal, code, address, instruction, .. } = *self;
        let signal = signal_name(signal);
        if code > 0 {
            write!(f, "{signal} (code {code}) at address {address:#x}, instruction {instruction:#x}")
        } else {
            // Sent, as by `abort`: where an address would be lies who sent it.
            write!(f, "{signal} (code {code}), instruction {instruction:#x}")
        }
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked at {}: {}", self.place, self.message)
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(error) => error.fmt(f),
            Self::Panicked(panic) => panic.fmt(f),
            Self::Crashed(crash) => write!(f, "crashed: {crash}"),
            Self::Killed(signal) => write!(f, "killed by {}", signal_name(*signal)),
            Self::Exited(code) => write!(f, "called exit({code}) instead of returning"),
            Self::Replaced => f.write_str("called exec instead of returning"),
            Self::TimedOut(after) => write!(f, "did not end within {after:?}"),
            Self::OverBudget(Budget::Record) => {
                f.write_str("over budget: the change is larger than `record` allows")
            }
            Self::OverBudget(Budget::Heap(bytes)) => {
                write!(f, "over budget: the heap refused {bytes} bytes; raise `scratch` or `heap`")
            }
            Self::OverBudget(Budget::Result) => {
                f.write_str("over budget: the result has no room in the slot")
            }
            Self::Rejected(why) => write!(f, "rejected: {why}"),
            Self::Invalid(why) => write!(f, "refused by `validate`: {why}"),
            Self::NotStarted(errno) => write!(f, "no process could be started: {errno}"),
            Self::DeadLettersFull => f.write_str("there is no room for another dead letter"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Failure<E> {}
