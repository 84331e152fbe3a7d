//! What damage to the journal and to the history leads to.

use super::super::testing::{set, with_region};
use super::*;
use crate::layout::IMAGE;

static FIELDS: [FieldInfo; 1] = [FieldInfo::of::<u64>("count", "u64", 0)];

#[test]
fn what_was_written_over_in_the_journal_is_not_committed() {
    with_region(&FIELDS, |region| {
        region.recover();
        set(region, 1, 7, |_| ()).unwrap();
        // An entry's head: its offset, its length, and its kind and field.
        for (at, wrong) in
            [(0, 0_u64), (0, IMAGE as u64 + 8), (0, u64::MAX), (8, u64::MAX), (8, 7 << 32 | 8), (8, 9)]
        {
            let spoil = |body: *mut u8| {
                // SAFETY: the head of the only entry.
                unsafe { body.add(at).cast::<u64>().write_unaligned(wrong) };
            };
            assert_eq!(set(region, 2, 8, spoil), Err(Rejected::Malformed), "{wrong:#x} at {at}");
            assert_eq!(region.image_bytes()[..8], 7_u64.to_le_bytes());
        }
        // Two heads in place of one and its payload, of nothing at offset 0 of a field that there is not.
        for field in [5_u64, 63] {
            let spoil = |body: *mut u8| {
                // SAFETY: the only entry.
                unsafe { body.cast::<[u64; 4]>().write_unaligned([0, field << 40, 0, field << 40]) };
            };
            assert_eq!(set(region, 2, 8, spoil), Err(Rejected::Malformed), "field {field}");
        }
        assert_eq!(region.header().published.load(Ordering::Relaxed), 1);
        assert_eq!((set(region, 3, 9, |_| ()), region.rollback(2)), (Ok(0), 2));
    });
}

#[test]
fn damage_to_the_history_stops_no_commit() {
    // As a length: short, odd, beyond the end, overflowing.
    for wrong in [0, 16, 47, 57, 1 << 20, u64::MAX - 15, u64::MAX] {
        with_region(&FIELDS, |region| {
            region.recover();
            let size = region.layout().history;
            let put = |at: u64| {
                let ring = region.alias().wrapping_add(region.layout().history_at);
                // SAFETY: a word in the ring.
                unsafe { ring.add(at as usize % size).cast::<u64>().write(wrong) };
            };
            // One and a half times around.
            let around = size as u32 / 80 * 3 / 2;
            for stamp in 1..=around {
                set(region, stamp, 1, |_| ()).unwrap();
            }
            assert!(region.undoable() > size / 100);
            put(region.header().history_tail.load(Ordering::Relaxed) + 8);
            set(region, around + 1, 2, |_| ()).unwrap();
            assert_eq!(region.undoable(), 1, "{wrong:#x}: what cannot be told apart is void");
            put(region.header().history_head.load(Ordering::Relaxed) - 8);
            assert_eq!((region.undoable(), region.rollback(1)), (0, 0), "{wrong:#x}");
            set(region, around + 2, 3, |_| ()).unwrap();
            assert_eq!(region.rollback(9), 1);
            assert_eq!(region.image_bytes()[..8], 2_u64.to_le_bytes());
        });
    }
}
