//! Faults to be injected, as a tree is told of them.

use super::Random;
use crate::fault::Point;
use core::fmt;

/// A death at a named point of a commit, a recovery or a flight; for [`Launch::fault`](super::Launch::fault).
///
/// ```
/// use perennial::fault::Point;
/// use perennial::test::Fault;
///
/// let third = Fault::at(Point::CommitPublished).generation(1).pass(3);
/// assert_eq!(third.to_string(), "commit.published:1:3:kill");
/// let often = Fault::at(Point::FlightStarted).by_chance(50).abort();
/// assert_eq!(often.to_string(), "flight.started:*:~50:abort");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    point: Point,
    generation: Option<u16>,
    chance: bool,
    nth: u32,
    action: &'static str,
}

impl Fault {
    /// At `point`, the first time that a process passes it, in every incarnation of every daemon: with SIGKILL.
    pub fn at(point: Point) -> Self {
        Self { point, generation: None, chance: false, nth: 1, action: "kill" }
    }

    /// At a point and pass that follow from `seed`, in the first incarnations.
    ///
    /// ```
    /// use perennial::test::Fault;
    /// assert_eq!(Fault::random(7), Fault::random(7));
    /// ```
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        // Neighbouring seeds begin alike.
        for _ in 0..8 {
            random.draw();
        }
        let point = Point::ALL[random.below(Point::ALL.len())];
        Self::at(point).generation(1).pass(1 + random.below(20) as u32)
    }

    /// Only in this incarnation, counted from 1.
    #[must_use]
    pub fn generation(self, generation: u16) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// At this pass of each process, counted from 1.
    #[must_use]
    pub fn pass(self, nth: u32) -> Self {
        Self { chance: false, nth, ..self }
    }

    /// At one pass in `n`, at random; see [`Launch::seed`](super::Launch::seed).
    #[must_use]
    pub fn by_chance(self, n: u32) -> Self {
        Self { chance: true, nth: n, ..self }
    }

    /// By `abort`, which the crash handler reports.
    #[must_use]
    pub fn abort(self) -> Self {
        Self { action: "abort", ..self }
    }

    /// By `exit(0)`.
    #[must_use]
    pub fn exit(self) -> Self {
        Self { action: "exit", ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.point.name())?;
        match self.generation {
            Some(generation) => write!(f, "{generation}:")?,
            None => f.write_str("*:")?,
        }
        write!(f, "{}{}:{}", if self.chance { "~" } else { "" }, self.nth, self.action)
    }
}
