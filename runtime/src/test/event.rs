//! Events: what happens to the daemons of a tree.

use crate::daemon::Ended;
use crate::failure::signal_name;
use crate::root::Kind;
use core::fmt;

pub use crate::root::Kind as What;

/// Something that happened to a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: What,
    /// To which daemon.
    pub daemon: String,
    /// To which of its incarnations, counted from 1.
    pub generation: u64,
    /// How it died, if it did.
    pub ended: Ended,
    /// The signal or exit code that goes with it.
    pub detail: u8,
}

/// Constructors of what can be awaited, by the name of a daemon.
impl Event {
    /// Its process was forked.
    pub fn started(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Started, daemon)
    }

    /// It is ready: it has said so, or waits for the first time, or has ended well.
    pub fn ready(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Ready, daemon)
    }

    /// Its process has ended.
    pub fn died(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Died, daemon)
    }

    /// It has ended and will not be started again.
    pub fn over(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Over, daemon)
    }

    /// The tree goes on without it, since it died too often.
    pub fn abandoned(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Abandoned, daemon)
    }

    /// It was asked to stop.
    pub fn stopping(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Stopping, daemon)
    }

    /// A signal such as SIGSTOP has stopped its process.
    pub fn frozen(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Frozen, daemon)
    }

    /// Its process goes on after such a signal.
    pub fn thawed(daemon: &str) -> Wanted<'_> {
        Wanted::new(Kind::Thawed, daemon)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, generation {}", self.daemon, describe(self.what), self.generation)?;
        match self.ended {
            Ended::Unknown => Ok(()),
            Ended::Crashed | Ended::Killed => {
                write!(f, ": {} by {}", self.ended.describe(), signal_name(i32::from(self.detail)))
            }
            ended => write!(f, ": {}", ended.describe()),
        }
    }
}

fn describe(what: What) -> &'static str {
    match what {
        Kind::Started => "started",
        Kind::Ready => "ready",
        Kind::Died => "died",
        Kind::Over => "over",
        Kind::Abandoned => "abandoned",
        Kind::Stopping => "stopping",
        Kind::Frozen => "frozen",
        Kind::Thawed => "thawed",
    }
}

/// An event to be awaited, whether it has happened since the start of the tree or is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    what: What,
    daemon: &'a str,
    first: u64,
    last: u64,
}

impl<'a> Wanted<'a> {
    fn new(what: What, daemon: &'a str) -> Self {
        Self { what, daemon, first: 0, last: u64::MAX }
    }

    /// Of this incarnation only, counted from 1.
    #[must_use]
    pub fn generation(self, generation: u64) -> Self {
        Self { first: generation, last: generation, ..self }
    }

    /// Of a later incarnation than this.
    #[must_use]
    pub fn after(self, generation: u64) -> Self {
        Self { first: generation.saturating_add(1), ..self }
    }

    pub(super) fn daemon(&self) -> &'a str {
        self.daemon
    }

    /// Whether this is it.
    ///
    /// ```
    /// use perennial::daemon::Ended;
    /// use perennial::test::{Event, What};
    ///
    /// let event = Event {
    ///     what: What::Died, daemon: "Ledger".into(), generation: 2, ended: Ended::Killed, detail: 9,
    /// };
    /// assert_eq!(event.to_string(), "Ledger died, generation 2: was killed by SIGKILL");
    /// assert!(Event::died("Ledger").matches(&event) && Event::died("Ledger").after(1).matches(&event));
    /// assert!(!Event::died("Ledger").generation(3).matches(&event) && !Event::ready("Ledger").matches(&event));
    /// ```
    pub fn matches(&self, event: &Event) -> bool {
        event.what == self.what
            && event.daemon == self.daemon
            && (self.first..=self.last).contains(&event.generation)
    }
}

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.daemon, describe(self.what))?;
        match (self.first, self.last) {
            (0, u64::MAX) => Ok(()),
            (first, u64::MAX) => write!(f, ", generation {first} or later"),
            (first, _) => write!(f, ", generation {first}"),
        }
    }
}
