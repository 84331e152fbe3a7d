//! The whole machine's memory as constants: what lies where in a daemon's region and slots, and whether it
//! fits.
//!
//! A daemon's memory has two parts. The *region*, in the state arena: header, image, journal, index,
//! history, live rings. The *share*, in the slot arena: the daemon's heap, what its family shares, then its slots, each with control page,
//! record, index and the transaction's heap. Everything is page-aligned so that each part can be mapped,
//! protected and unmapped on its own.

mod fits;
mod header;
mod slot;
mod table;

pub use fits::{field_fits, fits, history_fits, record_fits};
pub use header::{
    ANSWERS, Answer, CHECKPOINTS, Checkpoint, Heard, MAGIC, MOST_SUBSCRIPTIONS, RegionHeader, RobustCell,
    UNHEARD, WAS_RESET,
};
pub use slot::SlotControl;
pub use table::{ROOT_BLOCK, daemon_table, table_row};

use crate::konst::{max, round_up};
use crate::state::{FieldInfo, Options, State, live_end, shared_end};

/// Granularity of the layout: the largest page size that the architecture's kernels use.
pub const PAGE: usize = if cfg!(target_arch = "aarch64") { 65_536 } else { 4096 };

/// Slots of a daemon: one for the running flight, one for its retry while the kernel still takes the
/// crashed one down.
pub const SLOTS: usize = 2;

/// Offset of the image in a region: behind the header page.
pub const IMAGE: usize = PAGE;

/// Offset of the record in a slot: behind the control page.
pub const SLOT_RECORD: usize = PAGE;

/// Where everything of one daemon lies. All values are bytes; `*_at` are offsets from the start of the
/// region or, for slots, of the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Size of the image.
    pub image: usize,
    /// The most one commit may change, header included.
    pub record: usize,
    /// Size of a log's index.
    pub index: usize,
    /// Bytes of undo.
    pub history: usize,
    /// Offset of the journal in the region.
    pub journal_at: usize,
    /// Offset of the journal's index in the region.
    pub index_at: usize,
    /// Offset of the history in the region.
    pub history_at: usize,
    /// Offset in the region of what live rings keep: in pages of its own, which no commit and no recovery writes.
    pub live_at: usize,
    /// Size of that.
    pub live: usize,
    /// Size of the region.
    pub region: usize,
    /// Size of the daemon's heap, which opens its share of the slot arena.
    pub heap: usize,
    /// Size of what the whole family may write, behind the heap.
    pub shared: usize,
    /// Size of a transaction's heap.
    pub scratch: usize,
    /// Offset of the index in a slot.
    pub slot_index_at: usize,
    /// Offset of the transaction's heap in a slot.
    pub slot_scratch_at: usize,
    /// Size of a slot.
    pub slot: usize,
    /// Size of the share of the slot arena.
    pub share: usize,
}

const fn pick(given: Option<usize>, default: usize) -> usize {
    round_up(
        match given {
            Some(bytes) => bytes,
            None => default,
        },
        PAGE,
    )
}

const fn clamp(value: usize, low: usize, high: usize) -> usize {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

impl Layout {
    /// The layout for an image of `image` bytes and the given options.
    pub const fn new(image: usize, options: &Options) -> Self {
        let record = pick(options.record, clamp(options.mem / 32, PAGE, 65_536));
        let index = round_up(crate::commit::index_words(record) * 8, PAGE);
        let history = pick(options.history, max(&[2 * record, PAGE]));
        let heap = pick(options.heap, clamp(options.mem / 16, PAGE, 1 << 20));
        let scratch = match options.scratch {
            Some(bytes) => round_up(bytes, PAGE),
            None => heap,
        };
        let journal_at = IMAGE + round_up(image, PAGE);
        let index_at = journal_at + record;
        let history_at = index_at + index;
        let slot_index_at = SLOT_RECORD + record;
        let slot_scratch_at = slot_index_at + index;
        let slot = slot_scratch_at + scratch;
        Self {
            image,
            record,
            index,
            history,
            journal_at,
            index_at,
            history_at,
            live_at: history_at + history,
            live: 0,
            region: history_at + history,
            heap,
            shared: 0,
            scratch,
            slot_index_at,
            slot_scratch_at,
            slot,
            share: heap + SLOTS * slot,
        }
    }

    /// The layout of daemon `S`.
    pub const fn of<S: State>() -> Self {
        Self::new(size_of::<S::Image>(), &S::OPTIONS).with(S::FIELDS)
    }

    /// The same with room for what `fields` keep outside of the image: shared ones, and live rings.
    #[must_use]
    pub const fn with(self, fields: &[FieldInfo]) -> Self {
        let shared = round_up(shared_end(fields, fields.len()), PAGE);
        let live = round_up(live_end(fields, fields.len()), PAGE);
        let share = self.share - self.shared + shared;
        Self { shared, share, live, region: self.live_at + live, ..self }
    }

    /// All memory of the daemon.
    pub const fn total(&self) -> usize {
        self.region + self.share
    }

    /// Offset of slot `index` in the share.
    pub const fn slot_at(&self, index: usize) -> usize {
        self.heap + self.shared + index * self.slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap_and_fill_the_whole() {
        let layout = Layout::new(100_000, &Options::new(4 << 20));
        assert!(IMAGE + layout.image <= layout.journal_at);
        assert_eq!(layout.journal_at + layout.record, layout.index_at);
        assert_eq!(layout.index_at + layout.index, layout.history_at);
        assert_eq!(layout.history_at + layout.history, layout.region);
        assert_eq!(layout.slot_at(SLOTS), layout.share);
        for part in
            [layout.region, layout.share, layout.slot, layout.heap, layout.journal_at, layout.history_at]
        {
            assert_eq!(part % PAGE, 0);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn sixty_four_kibibytes_are_enough_for_a_small_daemon() {
        assert!(Layout::new(4096, &Options::new(65_536)).total() <= 65_536);
    }
}
