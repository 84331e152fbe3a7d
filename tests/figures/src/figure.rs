//! Figures: what they may be at most, and how they are printed.

use core::fmt::{self, Display};

/// Units of a measurement in a nanosecond.
#[derive(Clone, Copy, Debug)]
pub struct Unit(pub u32);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// The unit of its times.
    pub unit: Unit,
    /// The most that it may be over its base; `None` where nothing is promised.
    pub target: Option<f64>,
    /// The most that it may be at the largest size of state over the smallest.
    pub growth: Option<f64>,
}

impl Figure {
    /// A figure whose times have `unit` units in a nanosecond.
    pub const fn new(name: &'static str, unit: u32, target: Option<f64>, growth: Option<f64>) -> Self {
        Self { name, unit: Unit(unit), target, growth }
    }
}

/// A ratio for people: two figures behind the point, or two that say something.
#[derive(Clone, Copy, Debug)]
pub struct Ratio(pub f64);

impl Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ratio) = *self;
        let digits = if ratio > 0.0 && ratio < 0.1 { 1 - ratio.log10().floor() as i32 } else { 2 };
        write!(f, "{ratio:.*}", digits.clamp(2, 9) as usize)
    }
}

/// A ratio held against its target.
#[derive(Clone, Copy, Debug)]
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

/// A time for people.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub f64, pub Unit);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0 / f64::from(self.1.0);
        if nanoseconds < 100.0 {
            write!(f, "{nanoseconds:.1}ns")
        } else if nanoseconds < 1000.0 {
            write!(f, "{nanoseconds:.0}ns")
        } else if nanoseconds < 1e6 {
            write!(f, "{:.1}us", nanoseconds / 1e3)
        } else {
            write!(f, "{:.2}ms", nanoseconds / 1e6)
        }
    }
}

/// How many batches a bench takes that takes `usually` so many: `FIGURES_TIMES` (1) times as many, for a profiler.
pub fn batches(usually: usize) -> usize {
    let times = std::env::var("FIGURES_TIMES").ok().and_then(|times| times.parse().ok());
    usually * times.unwrap_or(1)
}

/// The middle one; not a number where there is none.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Both sides of a figure, batch by batch.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<(u64, u64)>);

impl Sample {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a batch.
    pub fn push(&mut self, ours: u64, base: u64) {
        self.0.push((ours, base));
    }

    /// The batches.
    pub fn batches(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }

    /// The median of the ratios.
    pub fn ratio(&self) -> f64 {
        median(self.batches().map(|(ours, base)| ours as f64 / base as f64))
    }

    /// The medians of both sides.
    pub fn sides(&self) -> (f64, f64) {
        let ours = median(self.batches().map(|(ours, _)| ours as f64));
        (ours, median(self.batches().map(|(_, base)| base as f64)))
    }

    /// The line that tells of it, as `bench NAME/CASE ratio=… target=… met=… ours=… base=…`.
    pub fn line(&self, figure: &Figure, case: &str) -> String {
        let (ratio, (ours, base)) = (self.ratio(), self.sides());
        let slash = if case.is_empty() { "" } else { "/" };
        format!(
            "bench {}{slash}{case} ratio={}{} ours={} base={}",
            figure.name,
            Ratio(ratio),
            Held(ratio, figure.target),
            Time(ours, figure.unit),
            Time(base, figure.unit)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_ratio_keeps_two_figures() {
        let told = [1.0, 0.204, 0.1, 0.0996, 0.000_384].map(|ratio| Ratio(ratio).to_string());
        assert_eq!(told, ["1.00", "0.20", "0.10", "0.100", "0.00038"]);
    }

    #[test]
    fn a_line_tells_medians_and_whether_the_target_is_met() {
        let mut sample = Sample::default();
        for (ours, base) in [(3_000, 1_000), (500_000, 1_100), (2_000, 1_000)] {
            sample.push(ours, base);
        }
        let figure = Figure::new("work", 1000, Some(2.9), None);
        assert_eq!(
            sample.line(&figure, "64B"),
            "bench work/64B ratio=3.00 target=2.90 met=no ours=3.0ns base=1.0ns"
        );
        let open = Figure { target: None, unit: Unit(1), ..figure };
        assert_eq!(sample.line(&open, ""), "bench work ratio=3.00 ours=3.0us base=1.0us");
    }
}
