//! What passes the gate, and what does not: sound records, and their mutations.

use super::super::Log;
use super::*;
use crate::layout::{Layout, RegionHeader};
use crate::state::{FieldInfo, Options};

static FIELDS: [FieldInfo; 1] = [FieldInfo::of::<u64>("total", "u64", 0)];

/// Verifies a record with one write, after `spoil` has been at its header.
fn try_record(offset: usize, exclusive: FieldSet, spoil: fn(&mut Header)) -> Result<(), Rejected> {
    let layout = Layout::new(8, &Options::new(65_536));
    let memory = std::alloc::Layout::from_size_align(layout.region, 4096).unwrap();
    // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
    unsafe {
        let start = std::alloc::alloc_zeroed(memory);
        let region = Region::new(start, start, layout, &FIELDS);
        let log = Log::closed();
        region.open(&log, 1);
        log.write(0, offset, &7_u64.to_le_bytes()).unwrap();
        let mut header = log.seal().unwrap();
        spoil(&mut header);
        let result = verify(&region, &header, exclusive, |_| None);
        std::alloc::dealloc(start, memory);
        result
    }
}

#[test]
fn a_sound_record_passes() {
    assert_eq!(try_record(IMAGE, FieldSet::ALL, |_| ()), Ok(()));
}

#[test]
fn what_reaches_beyond_the_borrows_is_refused() {
    assert_eq!(try_record(IMAGE, FieldSet::NONE, |_| ()), Err(Rejected::Foreign(IMAGE as u64)));
    for offset in [core::mem::offset_of!(RegionHeader, published), IMAGE + 8, IMAGE + 4] {
        assert_eq!(try_record(offset, FieldSet::ALL, |_| ()), Err(Rejected::Foreign(offset as u64)));
    }
}

#[test]
fn positions_begin_between_two_entries() {
    let spoils: [fn(&mut Header); 4] = [
        |header| header.positions_at = 0,
        |header| header.positions_at = 8,
        |header| header.positions_at = 16,
        |header| header.positions_at = 4000,
    ];
    for spoil in spoils {
        assert_eq!(try_record(IMAGE, FieldSet::ALL, spoil), Err(Rejected::Malformed));
    }
}
