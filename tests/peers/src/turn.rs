//! Both sides in turn.

use crate::Result;
use perennial_peers::bench::{Figure, Sample};
use perennial_peers::shared::{Job, shared};
use std::time::Instant;

/// Nanoseconds of one of so many operations, in thousandths.
pub fn timed(count: u64, mut operation: impl FnMut(u64) -> Result<()>) -> Result<u64> {
    let start = Instant::now();
    for n in 0..count {
        operation(n)?;
    }
    Ok((start.elapsed().as_nanos() as u64 * 1000 / count).max(1))
}

/// Prints perennial's time over that of `peer`, batches of both in turn. A peer that fails is told as `not run`.
pub fn against(
    section: &'static str,
    name: &str,
    target: Option<f64>,
    batches: usize,
    mut ours: impl FnMut() -> Result<u64>,
    mut peer: impl FnMut() -> Result<u64>,
) -> Result<()> {
    let figure = Figure::new(section, 1000, target, None);
    let mut sample = Sample::new();
    for n in 0..=batches {
        let time = ours()?;
        match peer() {
            // The first of both warms up.
            Ok(base) if n > 0 => sample.push(time, base),
            Ok(_) => {}
            Err(reason) => {
                not_run(section, name, &reason.to_string());
                return Ok(());
            }
        }
    }
    println!("{}", sample.line(&figure, name));
    Ok(())
}

/// Prints that a peer could not be measured.
pub fn not_run(section: &str, name: &str, reason: &str) {
    println!("bench {section}/{name} not run: {reason}");
}

/// Has the tree do a batch of `job`.
pub fn ask(job: Job) -> Result<u64> {
    shared().ask(job).ok_or_else(|| "the tree does not answer".into())
}
