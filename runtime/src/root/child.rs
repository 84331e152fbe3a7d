//! One daemon as the supervisor sees it: when to start it again, and when to give up.

use crate::state::Options;
use core::time::Duration;

/// The longest backoff.
const LONGEST: Duration = Duration::from_secs(30);
/// Parts into which `within` is cut for counting restarts.
const BUCKETS: usize = 16;

/// What the supervisor does with a daemon.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// To be forked at this time.
    Due(Duration),
    /// Running.
    Running,
    /// Asked to stop; to be killed at this time.
    Stopping(Duration),
    /// Killed; its death is not known yet.
    Killed,
    /// Dead for good.
    Ended,
}

/// One daemon.
#[derive(Debug)]
pub struct Child {
    /// What to do with it.
    pub state: State,
    /// PID of the newest incarnation.
    pub pid: i32,
    /// Number of the newest incarnation.
    pub generation: u64,
    /// When it was forked.
    pub started: Duration,
    /// Deaths in a row without a healthy period in between.
    pub failures: u32,
    /// PIDs of earlier incarnations that may not be reaped yet, for the log.
    pub predecessors: [i32; 4],
    intensity: Intensity,
}

/// Counts restarts within a sliding period, exact to a sixteenth of it, in constant space.
#[derive(Debug, Default)]
struct Intensity {
    counts: [u32; BUCKETS],
    newest: u64,
}

impl Intensity {
    /// Counts one restart at `now`; returns how many the period holds.
    fn count(&mut self, now: Duration, within: Duration) -> u32 {
        let width = (within.as_nanos() / BUCKETS as u128).max(1);
        let bucket = u64::try_from(now.as_nanos() / width).unwrap_or(u64::MAX);
        for passed in (self.newest + 1..=bucket).take(BUCKETS) {
            self.counts[(passed % BUCKETS as u64) as usize] = 0;
        }
        if bucket.saturating_sub(self.newest) >= BUCKETS as u64 {
            self.counts = [0; BUCKETS];
        }
        self.newest = bucket;
        let count = &mut self.counts[(bucket % BUCKETS as u64) as usize];
        *count = count.saturating_add(1);
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// What to do about a death.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start again at this time.
    Restart(Duration),
    /// It died too often: stop the root.
    Escalate,
}

impl Child {
    /// A daemon to be started at once.
    pub const fn new() -> Self {
        Self {
            state: State::Due(Duration::ZERO),
            pid: 0,
            generation: 0,
            started: Duration::ZERO,
            failures: 0,
            predecessors: [0; 4],
            intensity: Intensity { counts: [0; BUCKETS], newest: 0 },
        }
    }

    /// Notes that `pid` is the newest incarnation.
    pub fn started(&mut self, pid: i32, generation: u64, now: Duration) {
        self.predecessors.rotate_right(1);
        self.predecessors[0] = self.pid;
        self.state = State::Running;
        self.pid = pid;
        self.generation = generation;
        self.started = now;
    }

    /// Decides about a death at `now` that calls for a restart: the first is made good at once, further ones
    /// wait, each twice as long as the one before, until the daemon has lived through `within`.
    pub fn died(&mut self, now: Duration, options: &Options) -> Verdict {
        if self.intensity.count(now, options.within) > options.max_restarts {
            return Verdict::Escalate;
        }
        if now.saturating_sub(self.started) >= options.within {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = match self.failures {
            1 => Duration::ZERO,
            n => options.backoff.saturating_mul(1 << (n - 2).min(20)).min(LONGEST.max(options.backoff)),
        };
        Verdict::Restart(now + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn backoff_doubles_and_resets_after_a_healthy_period() {
        let options = Options { max_restarts: 100, backoff: Duration::from_millis(10), ..Options::new(0) };
        let mut child = Child::new();
        child.started = seconds(100);
        let waits = [0; 4].map(|_: i32| match child.died(seconds(101), &options) {
            Verdict::Restart(at) => at.saturating_sub(seconds(101)).as_millis(),
            Verdict::Escalate => 9_999,
        });
        assert_eq!(waits, [0, 10, 20, 40]);
        child.started = seconds(101);
        assert_eq!(child.died(seconds(111), &options), Verdict::Restart(seconds(111)));
    }

    #[test]
    fn intensity_slides() {
        let options = Options { max_restarts: 3, within: seconds(16), ..Options::new(0) };
        let mut child = Child::new();
        for second in [100, 101, 102] {
            assert_ne!(child.died(seconds(second), &options), Verdict::Escalate);
        }
        assert_eq!(child.died(seconds(103), &options), Verdict::Escalate);
        assert_ne!(child.died(seconds(200), &options), Verdict::Escalate);
    }
}
