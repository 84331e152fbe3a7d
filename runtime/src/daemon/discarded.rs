//! [`Discarded`]: which messages a rollback or reset was about, for the log and for the program.
//!
//! Kept outside of the handle: nobody but a daemon whose state was taken back touches this memory, and a newborn pays for
//! each page that it does.

use super::Handle;
use crate::commit::Region;
use crate::state::{FieldInfo, State};
use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

const ENDS: usize = 64;

/// By field: the first position, plus 1, and the one behind the last.
struct Table([AtomicU64; ENDS], [AtomicU64; ENDS]);

static TABLE: Table = Table([const { AtomicU64::new(0) }; ENDS], [const { AtomicU64::new(0) }; ENDS]);

/// Messages of one ring end whose effects a rollback or reset has taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    /// The field.
    pub field: &'static str,
    /// Their positions in the ring.
    pub positions: Range<u64>,
}

/// Finds out about a rollback that has undone the newest `commits`, or about a reset where that is `None`. Nothing must
/// have been committed since.
pub(super) fn note(region: &Region, commits: Option<usize>) {
    let Table(from, to) = &TABLE;
    for from in from {
        from.store(0, Ordering::Relaxed);
    }
    let ends = region.fields().iter().zip(&region.header().positions).zip(to);
    for ((_, now), to) in ends.clone().filter(|((info, _), _)| info.ring().is_some()) {
        to.store(now.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    match commits {
        Some(commits) => region.undone_positions(commits, |field, position| {
            if let Some(from) = from.get(field) {
                let before = from.load(Ordering::Relaxed).checked_sub(1);
                from.store(before.map_or(position, |before| before.min(position)) + 1, Ordering::Relaxed);
            }
        }),
        // Since the first of all, or since the reset before this one: nobody knows of that any more.
        None => {
            for ((_, from), _) in
                region.fields().iter().zip(from).zip(to).filter(|((info, _), _)| info.ring().is_some())
            {
                from.store(1, Ordering::Relaxed);
            }
        }
    }
}

/// What was found out, of a daemon with this table of fields.
pub(super) fn told(fields: &'static [FieldInfo]) -> impl Iterator<Item = Discarded> {
    let Table(from, to) = &TABLE;
    fields.iter().zip(from).zip(to).filter_map(|((info, from), to)| {
        let positions = from.load(Ordering::Relaxed).checked_sub(1)?..to.load(Ordering::Relaxed);
        (!positions.is_empty()).then_some(Discarded { field: info.name, positions })
    })
}

/// As part of a line of the log; nothing where there is none.
pub(super) struct Listed(pub(super) &'static [FieldInfo]);

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Discarded { field, positions }) in told(self.0).enumerate() {
            f.write_str(if nth == 0 { " " } else { ", " })?;
            write!(f, "`{field}` {}..{}", positions.start, positions.end)?;
        }
        Ok(())
    }
}

impl<S: State> Handle<S> {
    /// The messages whose effects were taken back by the rollback or reset that [`recovered`](Handle::recovered) tells
    /// of, or by the newest [`rollback`](Handle::rollback) of this incarnation: those that the undone commits took or
    /// pushed, by ring end. They are not delivered again and not pushed again; it is for the program to make up for
    /// them. Messages that a commit took without changing anything else are not among them where nothing was undone
    /// before and behind them. A reset takes back all that there ever was.
    ///
    /// ```
    /// use perennial::prelude::*;
    ///
    /// #[daemon(mem = "256KiB")]
    /// pub struct Ledger { orders: Consumer<u32, 64>, total: u64 }
    ///
    /// impl Daemon for Ledger {
    ///     fn run(me: &mut Handle<Self>) -> Outcome {
    ///         for lost in me.discarded() {
    ///             warn!("{}: {:?} are not in the total any more", lost.field, lost.positions);
    ///         }
    ///         me.wait_for_stop()
    ///     }
    /// }
    /// ```
    pub fn discarded(&self) -> impl Iterator<Item = Discarded> + use<S> {
        told(S::FIELDS)
    }
}
