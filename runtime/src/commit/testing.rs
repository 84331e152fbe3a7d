//! A region in the memory of a test.

use super::{Log, Region, Rejected};
use crate::layout::{IMAGE, Layout, PAGE};
use crate::state::{FieldInfo, Options};

/// Runs `test` on a fresh region whose fields these are, the first a `u64`.
pub(super) fn with_region(fields: &'static [FieldInfo], test: impl FnOnce(&Region)) {
    let image = fields.iter().map(|field| field.offset + field.size).max().unwrap_or(0);
    let layout = Layout::new(image, &Options::new(1 << 20));
    let memory = std::alloc::Layout::from_size_align(layout.region, PAGE).unwrap();
    // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
    unsafe {
        let start = std::alloc::alloc_zeroed(memory);
        test(&Region::new(start, start, layout, fields));
        std::alloc::dealloc(start, memory);
    }
}

/// Commits `value` as the first field, after `spoil` has been at the journal's entries. No two calls for a region may
/// have the same stamp.
pub(super) fn set(
    region: &Region,
    stamp: u32,
    value: u64,
    spoil: impl FnOnce(*mut u8),
) -> Result<u64, Rejected> {
    let log = Log::closed();
    // SAFETY: no other record is open; the stamps of a test are fresh.
    unsafe { region.open(&log, stamp) };
    log.write(0, IMAGE, &value.to_le_bytes()).unwrap();
    spoil(region.body());
    region.commit(log.seal().unwrap())
}
