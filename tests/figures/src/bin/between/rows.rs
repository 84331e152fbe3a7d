//! Changing one row of a collection, small or large.
//!
//! Collections are full, so all their pages have been touched. Changes go to as many rows whatever the size, spread
//! evenly over it: what is compared is the work, and not how much of the state the processor's caches hold.

use crate::driver::is_quick;
use crate::lane::{Job, Times, Who, serve, timed};
use perennial::prelude::*;
use perennial_figures::side::{self, Side};

/// What is found by a key: with the key and the collection's own part, a row is about 256 bytes.
pub type Value = [u64; 30];
/// A row of the array.
pub type Whole = [u64; 32];
/// Bytes of a row, nearly.
const ROW: usize = 256;
/// Rows of a collection of 1 MiB.
pub const IN_A_MEBIBYTE: usize = (1 << 20) / ROW;
/// Of 1 GiB; but tests, which are built without optimisation, only look whether there are figures at all, and have no
/// such memory.
pub const IN_A_GIBIBYTE: usize = if cfg!(debug_assertions) { QUICK } else { (1 << 30) / ROW };
/// Rows of a page.
const PAGE: usize = 4096 / ROW;
/// Rows that are changed.
const CHANGED: usize = 256;
/// Changes in one batch.
const CHANGES: usize = 1024;
/// Rows that one commit fills.
const FILLED: usize = 100;
/// Most rows of a quick run.
const QUICK: usize = 1 << 14;

/// A daemon with collections.
pub trait Rows: Daemon {
    /// Its lane.
    const WHO: Who;
    /// Rows of each collection.
    const ROWS: usize;

    /// Puts rows `from..to` into the collection that `job` is about.
    fn fill(me: &mut Handle<Self>, job: Job, from: usize, to: usize) -> bool;
    /// Changes row `row` of it.
    fn change(me: &mut Handle<Self>, job: Job, row: usize) -> bool;
}

macro_rules! daemon_with {
    ($name:ident, $mem:tt, $rows:expr) => {
        #[doc = concat!("Three collections within ", $mem, ".")]
        #[daemon(mem = $mem, record = "64KiB", heap = "64KiB")]
        pub struct $name {
            map: Map<u64, $crate::rows::Value, { $rows }>,
            ordered: OrderedMap<u64, $crate::rows::Value, { $rows }>,
            array: Array<$crate::rows::Whole, { $rows }>,
        }

        impl $crate::rows::Rows for $name {
            const WHO: $crate::lane::Who = $crate::lane::Who::$name;
            const ROWS: usize = $rows;

            fn fill(me: &mut Handle<Self>, job: $crate::lane::Job, from: usize, to: usize) -> bool {
                let filled = me.change(|s| {
                    (from..to).all(|row| match job {
                        $crate::lane::Job::FillMap => s.map.insert(row as u64, [1; 30]).is_ok(),
                        $crate::lane::Job::FillOrderedMap => s.ordered.insert(row as u64, [1; 30]).is_ok(),
                        _ => s.array.set(row, [1; 32]).is_ok(),
                    })
                });
                matches!(filled, Ok(true))
            }

            #[inline]
            fn change(me: &mut Handle<Self>, job: $crate::lane::Job, row: usize) -> bool {
                let changed = match job {
                    $crate::lane::Job::Map => me.change(|s| {
                        s.map.update(&(row as u64), |value| value[0] += 1).is_ok_and(|there| there.is_some())
                    }),
                    $crate::lane::Job::OrderedMap => me.change(|s| {
                        s.ordered
                            .update(&(row as u64), |value| value[0] += 1)
                            .is_ok_and(|there| there.is_some())
                    }),
                    _ => me.change(|s| s.array.update(row, |value| value[0] += 1).is_ok()),
                };
                matches!(changed, Ok(true))
            }
        }

        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                $crate::rows::run(me)
            }
        }
    };
}
pub(crate) use daemon_with;

/// What both run.
pub fn run<R: Rows>(me: &mut Handle<R>) -> Outcome {
    let rows = if is_quick() { R::ROWS.min(QUICK) } else { R::ROWS };
    serve(me, R::WHO, |me, job| match job {
        Job::FillMap | Job::FillOrderedMap | Job::FillArray => {
            for from in (0..rows).step_by(FILLED) {
                if !R::fill(me, job, from, (from + FILLED).min(rows)) {
                    return Err(Error::new("the rows could not be filled"));
                }
            }
            Ok((1, 1))
        }
        _ => changes(me, job, rows),
    })
}

fn changes<R: Rows>(me: &mut Handle<R>, job: Job, rows: usize) -> Times {
    let side = if R::ROWS == IN_A_GIBIBYTE { Side::Ours } else { Side::Base };
    side::enter(side, format_args!("{job:?}"));
    let mut changed = 0;
    let each = timed(CHANGES, |n| changed += usize::from(R::change(me, job, spread(n, rows))));
    side::enter(Side::Neither, "");
    if changed == CHANGES { Ok((each, each)) } else { Err(Error::new("a row could not be changed")) }
}

/// The `n`th of the rows that are changed. Not at equal distances of a power of two: they would fight for the same few
/// lines of the cache, and their pages for the same few places where the processor keeps translations.
fn spread(n: usize, rows: usize) -> usize {
    let (n, apart) = (n % CHANGED, rows / CHANGED);
    n * apart + n * (PAGE + 1) % apart
}
