//! The options of `#[daemon(…)]`, as constants that the budget and the supervisor read.

use core::time::Duration;

/// What a daemon's state is when it is started again after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Continue from the last commit.
    Resume,
    /// Start from all-zero state. What ring ends hold stays: nothing published or set aside is lost.
    Reset,
    /// The daemon's function `decide` says, after every death but a stop together with others; see
    /// [`Incident`](crate::daemon::Incident).
    Decide,
}

/// What root does about a daemon that has died more often than `max_restarts` within `within`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escalation {
    /// Stop the whole tree in order and exit with this code.
    Stop(u8),
    /// Start the daemon once more, from all-zero state. If it reaches the limit again before it was healthy, the
    /// tree is stopped.
    Reset,
    /// Go on without the daemon.
    Abandon,
}

/// When a daemon that ended is started again, in OTP's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always.
    Permanent,
    /// Only when it ended abnormally: a crash, a panic or an `Err`.
    Transient,
    /// Never.
    Temporary,
}

/// Everything that `#[daemon(…)]` can say, with the defaults filled in.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Ceiling in bytes for all memory of the daemon: state, journal, history, slots, heaps.
    pub mem: usize,
    /// The daemon's own heap in bytes; `None` takes a sixteenth of `mem` between 4 KiB and 1 MiB.
    pub heap: Option<usize>,
    /// The heap of each transaction in bytes; `None` takes the same as `heap`.
    pub scratch: Option<usize>,
    /// The most one commit may change in bytes, with 16 bytes of header for each change;
    /// `None` takes a thirty-second of `mem` between 4 KiB and 64 KiB.
    pub record: Option<usize>,
    /// Bytes of undo kept for rollback; `None` takes the size of two records.
    pub history: Option<usize>,
    /// State after a crash.
    pub restart: Restart,
    /// When to start again.
    pub kind: Kind,
    /// More restarts than this within [`Options::within`] escalate.
    pub max_restarts: u32,
    /// The period in which restarts are counted.
    pub within: Duration,
    /// What happens when the limit is reached.
    pub escalation: Escalation,
    /// The wait before the second restart in a row; it doubles with each further one. The first is immediate.
    pub backoff: Duration,
    /// The longest wait before a restart.
    pub max_backoff: Duration,
    /// An incarnation that lived this long was healthy: backoff and recovery ladder begin anew after it; `None`
    /// takes `within`.
    pub healthy_after: Option<Duration>,
    /// Restarts in a row at the last commit, after deaths that discredit the state, before the recovery ladder
    /// goes on to older checkpoints.
    pub resumes: u32,
    /// Restarts in a row at an older checkpoint before the recovery ladder goes on to a reset.
    pub rollbacks: u32,
    /// A daemon that gives no sign of life for so long, while it is not waiting, is ended; `None` for ever.
    pub watchdog: Option<Duration>,
    /// How long a daemon may take to become ready; `None` for ever.
    pub start_timeout: Option<Duration>,
    /// How long a daemon may take to return from `run` once asked to stop, before SIGKILL.
    pub stop_timeout: Duration,
}

impl Options {
    /// The defaults for a ceiling of `mem` bytes.
    ///
    /// ```
    /// use perennial::state::{Options, Restart};
    /// const OPTIONS: Options = Options { restart: Restart::Reset, ..Options::new(1 << 20) };
    /// assert_eq!(OPTIONS.max_restarts, 10);
    /// ```
    pub const fn new(mem: usize) -> Self {
        Self {
            mem,
            heap: None,
            scratch: None,
            record: None,
            history: None,
            restart: Restart::Resume,
            kind: Kind::Permanent,
            max_restarts: 10,
            within: Duration::from_secs(10),
            escalation: Escalation::Stop(crate::root::exit_code::RESTARTS as u8),
            backoff: Duration::from_millis(10),
            max_backoff: Duration::from_secs(30),
            healthy_after: None,
            resumes: 3,
            rollbacks: 2,
            watchdog: None,
            start_timeout: None,
            stop_timeout: Duration::from_secs(5),
        }
    }

    /// How long an incarnation must live to count as healthy.
    pub const fn healthy_after(&self) -> Duration {
        match self.healthy_after {
            Some(time) => time,
            None => self.within,
        }
    }
}
