//! What the benches share: the system calls that they measure with, and how a figure is told.
//!
//! Each figure is a ratio of two sides that are measured in turn within one run, so that whatever disturbs the
//! machine disturbs both.

mod figure;
pub mod side;
pub mod sys;

pub use figure::{Figure, Held, Ratio, Sample, Time, Unit, batches, median};
