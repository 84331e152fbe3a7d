//! The command line.

use crate::defect::Defect;
use lexopt::prelude::{Long, Short, ValueExt};
use std::time::Duration;

/// How it is called.
pub const USAGE: &str =
    "usage: chaos [--minutes M] [--seed S] [--break lose|twice|swap|mint|…]
  --minutes M  how long, also a fraction (2)
  --seed S     what everything follows from (of the time); round n of seed S is round 1 of seed S + n - 1
  --break …    has a daemon break an invariant, to show that this is found out: lose, twice, swap, forget, tear, blur,
               mint, misfile, miscount or chip";

/// What was asked for.
pub struct Options {
    pub time: Duration,
    pub seed: u64,
    pub defect: Option<Defect>,
}

impl Options {
    /// Reads the command line.
    pub fn parse() -> Result<Self, lexopt::Error> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let mut options = Self { time: Duration::from_secs(120), seed: now.as_secs(), defect: None };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('m') | Long("minutes") => {
                    let minutes: f64 = parser.value()?.parse()?;
                    options.time = Duration::try_from_secs_f64(minutes * 60.0)
                        .map_err(|error| lexopt::Error::from(error.to_string()))?;
                }
                Short('s') | Long("seed") => options.seed = parser.value()?.parse()?,
                Long("break") => options.defect = Some(parser.value()?.parse()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }
}
