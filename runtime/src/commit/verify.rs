//! The gate for a transaction's record: nothing of it is believed until it has been checked here, on a copy
//! that the transaction cannot change.

use super::Region;
use super::bytes;
use super::record::{Entries, Header, Kind};
use crate::layout::IMAGE;
use crate::state::FieldSet;

/// Why a transaction's record was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Lengths or kinds make no sense.
    #[error("the record is malformed")]
    Malformed,
    /// The bytes are not those that were checksummed.
    #[error("the record does not match its checksum")]
    Checksum,
    /// It changes something that the transaction did not borrow exclusively.
    #[error("the record writes outside the transaction's exclusive borrows, at offset {0} of the region")]
    Foreign(u64),
    /// It makes a field hold a value that its type does not allow.
    #[error("the record gives field {0} a value that its type does not allow")]
    Invalid(u8),
    /// It moves a ring end to where it cannot be.
    #[error("the record moves ring end {0} beyond what the ring holds")]
    Position(u8),
}

/// Checks the record in the journal of `region` against the borrows it was made under.
///
/// `position_allowed(field, new)` says whether a ring end may move there.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(
    region: &Region,
    record: &Header,
    exclusive: FieldSet,
    position_allowed: impl Fn(usize, u64) -> bool,
) -> Result<(), Rejected> {
    let len = record.len as usize;
    let body = region.body();
    // SAFETY: `take` bounded the length by the journal, and only this process writes there.
    let entries_bytes = unsafe { core::slice::from_raw_parts(body, len) };
    if bytes::crc32c(0, entries_bytes) != record.entries_crc {
        return Err(Rejected::Checksum);
    }
    // SAFETY: as above.
    let mut entries = unsafe { Entries::new(body, len) };
    let mut positions_at = len;
    let mut moved = FieldSet::NONE;
    loop {
        let at = entries.at();
        let Some(entry) = entries.next() else { break };
        let entry = entry.ok_or(Rejected::Malformed)?;
        let index = usize::from(entry.field);
        let field = region.fields().get(index).ok_or(Rejected::Malformed)?;
        if !exclusive.has(index) {
            return Err(Rejected::Foreign(entry.offset));
        }
        match entry.kind {
            Kind::Position => {
                positions_at = positions_at.min(at);
                if field.ring().is_none() || moved.has(index) || !position_allowed(index, entry.offset) {
                    return Err(Rejected::Position(entry.field));
                }
                moved = moved.with(index);
            }
            Kind::Write if positions_at == len => {
                let inside = entry
                    .offset
                    .checked_sub((IMAGE + field.offset) as u64)
                    .filter(|start| {
                        start.checked_add(entry.len as u64).is_some_and(|end| end <= field.size as u64)
                    })
                    .ok_or(Rejected::Foreign(entry.offset))?;
                let payload = entries_bytes.get(entry.at..entry.at + entry.len).ok_or(Rejected::Malformed)?;
                if !(field.check_write)(inside as usize, payload) {
                    return Err(Rejected::Invalid(entry.field));
                }
            }
            Kind::Write => return Err(Rejected::Malformed),
        }
    }
    // Later steps cut the record there: it must be where the walk has found the first position.
    if record.positions_at as usize != positions_at {
        return Err(Rejected::Malformed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
            let result = verify(&region, &header, exclusive, |_, _| false);
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
}
