//! The gate for a transaction's record: nothing of it is believed until it has been checked here, on a copy
//! that the transaction cannot change.

use super::Region;
use super::bytes;
use super::record::{Entries, Header, Kind};
use crate::layout::IMAGE;
use crate::state::{FieldInfo, FieldSet};

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
    fields: &[FieldInfo],
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
    loop {
        let at = entries.at();
        let Some(entry) = entries.next() else { break };
        let entry = entry.ok_or(Rejected::Malformed)?;
        let positions = at >= record.positions_at as usize;
        let index = usize::from(entry.field);
        let field = fields.get(index).ok_or(Rejected::Malformed)?;
        if !exclusive.has(index) {
            return Err(Rejected::Foreign(entry.offset));
        }
        match entry.kind {
            Kind::Position if positions => {
                if field.ring().is_none() || !position_allowed(index, entry.offset) {
                    return Err(Rejected::Position(entry.field));
                }
            }
            Kind::Write if !positions => {
                let inside = entry
                    .offset
                    .checked_sub((IMAGE + field.offset) as u64)
                    .filter(|start| start.checked_add(entry.len as u64).is_some_and(|end| end <= field.size as u64))
                    .ok_or(Rejected::Foreign(entry.offset))?;
                let payload = entries_bytes.get(entry.at..entry.at + entry.len).ok_or(Rejected::Malformed)?;
                if !(field.check_write)(inside as usize, payload) {
                    return Err(Rejected::Invalid(entry.field));
                }
            }
            Kind::Position | Kind::Write => return Err(Rejected::Malformed),
        }
    }
    if record.positions_at > record.len {
        return Err(Rejected::Malformed);
    }
    Ok(())
}
