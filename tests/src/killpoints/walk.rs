//! Going a way: first step by step, then to any point of it.

use super::path::Path;
use super::shared::Shared;
use super::tracee::Tracee;
use super::tracer::Tracer;
use std::collections::HashSet;

/// The breakpoint that leads along a way.
const ALONG: usize = 3;

impl Tracer {
    /// The first instruction of the way is in the function that it should be in, and the way leads through others.
    ///
    /// # Panics
    /// When that is not so.
    pub fn check(&self, path: &Path, first: &str, last: &str, through: &[&str]) {
        let name = |address: Option<&u64>| address.map_or("", |address| self.symbols.name(*address));
        let addresses = path.addresses();
        let (start, end) = (name(addresses.first()), name(addresses.last()));
        assert!(start.ends_with(first), "the way begins in {start}, not {first}");
        assert!(end.ends_with(last), "the way ends in {end}, not {last}");
        let functions: HashSet<&str> = addresses.iter().map(|address| name(Some(address))).collect();
        for wanted in through {
            assert!(functions.iter().any(|name| name.ends_with(wanted)), "{wanted} is not on the way");
        }
    }

    /// Steps through all that is tried, up to the instruction at `end` or the end of the process; has `look` called
    /// before each instruction.
    ///
    /// # Panics
    /// When the process cannot be traced.
    pub fn record(&mut self, tracee: Tracee, end: u64, mut look: impl FnMut()) -> Path {
        let mut steps = vec![(tracee.at(), false)];
        let mut shared = Shared::of(tracee);
        while steps.last().is_some_and(|(at, _)| *at != end) {
            look();
            self.guard.note();
            let calls = tracee.is_at_call();
            let Some(next) = tracee.step() else {
                self.known.remove(&tracee.0);
                break;
            };
            let changed = shared.has_changed(tracee);
            steps.push((next, calls || changed));
        }
        Path::new(steps)
    }

    /// Lets a process at the beginning of `path` go on until it has executed `point` instructions of it. False if it
    /// comes elsewhere, or to its end.
    ///
    /// # Panics
    /// When the process cannot be traced.
    pub fn go_along(&mut self, tracee: Tracee, path: &Path, point: usize) -> bool {
        self.guard.note();
        let (mut now, times) = path.landmark(point);
        let mut at = Some(path.addresses()[0]);
        if times != 0 {
            let landmark = path.addresses()[now];
            tracee.set_register(ALONG, landmark);
            // Enabled, if it was not yet.
            tracee.set_register(7, 0b0101_0101);
            for _ in 0..times {
                at = tracee.to_breakpoint();
                if at != Some(landmark) {
                    self.forget_ended(tracee, at);
                    return false;
                }
            }
        }
        while now < point && at.is_some() {
            at = tracee.step();
            now += 1;
        }
        self.forget_ended(tracee, at);
        at == Some(path.addresses()[point])
    }

    fn forget_ended(&mut self, tracee: Tracee, at: Option<u64>) {
        if at.is_none() {
            self.known.remove(&tracee.0);
        }
    }
}
