//! One daemon as the supervisor sees it: when to start it again, and when to give up.

use super::block::Phase;
use super::time::Time;
use super::watchdog::Watch;
use crate::state::{Escalation, Options};

/// Parts into which `within` is cut for counting restarts.
const BUCKETS: usize = 16;

/// What the supervisor does with a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be forked at this time, once the daemons that it depends on are ready.
    Due(Time),
    /// Running.
    Running,
    /// Asked to stop; to be killed at this time.
    Stopping(Time),
    /// Killed because it did not stop; its death is not known yet. To be killed again at this time, should the
    /// kernel have refused.
    Killed(Time),
    /// Dead for good.
    Ended,
}

/// A daemon that is not started again, and has left something to recover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retiring {
    /// What is said of it then.
    pub phase: Phase,
    /// Incarnations that died of it.
    pub failures: u32,
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
    pub started: Time,
    /// Deaths in a row without a healthy period in between.
    pub failures: u32,
    /// When it is to be started again together with others, once it has stopped.
    pub regroup: Option<Time>,
    /// Whether it ended for good because it was done.
    pub done: bool,
    /// Whether its state was reset because it had reached its limit, and it was not healthy since.
    pub reset: bool,
    /// What it is to be once its state is recovered: it ended for good in the middle of something.
    pub retiring: Option<Retiring>,
    /// The exit code with which it stops the tree once it is due, because it has reached its limit.
    pub stops_with: Option<i32>,
    /// PIDs of earlier incarnations that may not be reaped yet, for the log.
    pub predecessors: [i32; 4],
    /// Whether the way to how it ends was gone once.
    pub path_known: bool,
    /// Its watchdog.
    pub watch: Watch,
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
    fn count(&mut self, now: Time, within: Time) -> u32 {
        let width = (within.nanos() / BUCKETS as u64).max(1);
        let bucket = now.nanos() / width;
        let passed = bucket.saturating_sub(self.newest);
        for step in 1..=passed.min(BUCKETS as u64) {
            self.counts[(self.newest.wrapping_add(step) % BUCKETS as u64) as usize] = 0;
        }
        if passed >= BUCKETS as u64 {
            self.counts = [0; BUCKETS];
        }
        self.newest = bucket;
        let count = &mut self.counts[(bucket % BUCKETS as u64) as usize];
        *count = count.saturating_add(1);
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// What to do about a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start again after so long.
    Restart(Time),
    /// Start again after so long, from all-zero state: the limit was reached.
    Reset(Time),
    /// The limit was reached: stop the root with this code.
    Stop(i32),
    /// The limit was reached: go on without the daemon.
    Abandon,
}

/// What a verdict depends on.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// When it was noticed.
    pub at: Time,
    /// Whether the incarnation had become ready.
    pub ready: bool,
    /// A random number, for the jitter.
    pub random: u64,
}

impl Child {
    /// A daemon to be started at once.
    pub const fn new() -> Self {
        Self {
            state: State::Due(Time::ZERO),
            pid: 0,
            generation: 0,
            started: Time::ZERO,
            failures: 0,
            regroup: None,
            done: false,
            reset: false,
            retiring: None,
            stops_with: None,
            predecessors: [0; 4],
            path_known: false,
            watch: Watch::new(),
            intensity: Intensity { counts: [0; BUCKETS], newest: 0 },
        }
    }

    /// Notes that `pid` is the newest incarnation.
    pub fn started(&mut self, pid: i32, generation: u64, now: Time) {
        let [first, second, third, _] = self.predecessors;
        self.predecessors = [self.pid, first, second, third];
        self.state = State::Running;
        self.pid = pid;
        self.generation = generation;
        self.started = now;
        self.regroup = None;
        self.path_known = false;
        self.watch = Watch::begun(now);
    }

    /// Whether a process of the daemon may be running.
    pub fn is_alive(&self) -> bool {
        matches!(self.state, State::Running | State::Stopping(_) | State::Killed(_))
    }

    /// Whether the incarnation has lived long enough at `now` to count as healthy.
    pub fn is_healthy(&self, now: Time, options: &Options) -> bool {
        now.since(self.started) >= Time::of(options.healthy_after())
    }

    /// Decides about a death that calls for a restart.
    ///
    /// The first is made good at once, unless the incarnation had not even become ready; further ones wait, each
    /// twice as long as the one before, until an incarnation was healthy. Of each wait the second half is random
    /// (Brooker, "Exponential Backoff And Jitter", equal jitter), so that daemons which died together do not come
    /// back together.
    pub fn died(&mut self, death: Death, options: &Options) -> Verdict {
        let healthy = self.is_healthy(death.at, options);
        if healthy {
            self.failures = 0;
            self.reset = false;
        }
        self.failures = self.failures.saturating_add(1);
        // Who never says that it is ready, nor waits, but has lived that long, was set up.
        let doublings = match (self.failures, death.ready || healthy) {
            (1, true) => None,
            (1, false) => Some(0),
            (n, _) => Some(n.saturating_sub(2).min(32)),
        };
        let wait = doublings.map_or(Time::ZERO, |doublings| {
            let longest = Time::of(options.max_backoff).max(Time::of(options.backoff)).nanos();
            let whole = Time::of(options.backoff).nanos().saturating_mul(1 << doublings).min(longest);
            let half = whole / 2;
            Time::from_nanos(whole.saturating_sub(death.random % half.saturating_add(1)))
        });
        if self.intensity.count(death.at, Time::of(options.within)) <= options.max_restarts {
            return Verdict::Restart(wait);
        }
        match options.escalation {
            Escalation::Stop(code) => Verdict::Stop(i32::from(code)),
            Escalation::Abandon => Verdict::Abandon,
            Escalation::Reset if self.reset => Verdict::Stop(super::exit_code::RESTARTS),
            Escalation::Reset => {
                self.reset = true;
                self.intensity = Intensity::default();
                Verdict::Reset(wait)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    const fn seconds(n: u64) -> Time {
        Time::from_nanos(n * 1_000_000_000)
    }

    fn death(second: u64) -> Death {
        Death { at: seconds(second), ready: true, random: 0 }
    }

    fn options() -> Options {
        Options { max_restarts: 100, backoff: Duration::from_millis(10), ..Options::new(0) }
    }

    fn wait(verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Restart(wait) => wait.nanos(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_longest_and_begins_anew_after_a_healthy_period() {
        let options = Options { max_backoff: Duration::from_millis(30), ..options() };
        let mut child = Child::new();
        child.started = seconds(100);
        let waits = [0; 5].map(|_: i32| wait(child.died(death(101), &options)) / 1_000_000);
        assert_eq!(waits, [0, 10, 20, 30, 30]);
        child.started = seconds(101);
        assert_eq!(wait(child.died(death(111), &options)), 0);
        let healthy_after = Some(Duration::from_secs(60));
        child.started = seconds(111);
        assert_eq!(wait(child.died(death(122), &Options { healthy_after, ..options })), 10_000_000);
    }

    #[test]
    fn the_second_half_of_a_wait_is_random() {
        let mut child = Child::new();
        child.died(death(0), &options());
        let (mut low, mut high) = (u64::MAX, 0);
        for random in (0..1000).map(|n| n * 0x9E37_79B9) {
            child.failures = 1;
            let wait =
                wait(child.died(Death { random, ..death(0) }, &Options { max_restarts: 5000, ..options() }));
            (low, high) = (low.min(wait), high.max(wait));
        }
        assert!(
            (5_000_000..5_200_000).contains(&low) && (9_800_000..=10_000_000).contains(&high),
            "{low} {high}"
        );
    }

    #[test]
    fn a_failed_set_up_waits_from_the_first() {
        let mut child = Child::new();
        assert_eq!(
            wait(child.died(Death { ready: false, ..death(20) }, &options())),
            0,
            "healthy, if not ready"
        );
        let mut child = Child::new();
        assert_eq!(wait(child.died(Death { ready: false, ..death(0) }, &options())), 10_000_000);
        assert_eq!(wait(child.died(Death { ready: false, ..death(0) }, &options())), 10_000_000);
        assert_eq!(wait(child.died(Death { ready: false, ..death(0) }, &options())), 20_000_000);
    }

    #[test]
    fn intensity_slides() {
        let options = Options { max_restarts: 3, within: Duration::from_secs(16), ..Options::new(0) };
        let mut child = Child::new();
        for second in [100, 101, 102] {
            wait(child.died(death(second), &options));
        }
        assert_eq!(child.died(death(103), &options), Verdict::Stop(80));
        wait(child.died(death(200), &options));
    }

    #[test]
    fn escalation_follows_its_policy() {
        let with = |escalation| Options { max_restarts: 1, escalation, ..Options::new(0) };
        let mut child = Child::new();
        wait(child.died(death(0), &with(Escalation::Stop(17))));
        assert_eq!(child.died(death(0), &with(Escalation::Stop(17))), Verdict::Stop(17));
        assert_eq!(child.died(death(0), &with(Escalation::Abandon)), Verdict::Abandon);
        let reset = with(Escalation::Reset);
        assert!(matches!(child.died(death(0), &reset), Verdict::Reset(_)));
        wait(child.died(death(0), &reset));
        assert_eq!(child.died(death(0), &reset), Verdict::Stop(80), "it was not healthy after the reset");
        child.started = seconds(1000);
        wait(child.died(death(2000), &reset));
        child.started = seconds(2000);
        assert!(matches!(child.died(death(2001), &reset), Verdict::Reset(_)), "it was healthy in between");
    }
}
