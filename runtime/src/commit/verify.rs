//! The gate for a transaction's record: nothing of it is believed until it has been checked here, on a copy
//! that the transaction cannot change.

use super::Region;
use super::bytes;
use super::record::{Entries, Header, Kind};
use crate::layout::IMAGE;
use crate::state::{FieldSet, RingEnd, Role};
use core::ops::Range;

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
    /// It writes messages into a ring that it does not push there.
    #[error("the record writes slots of ring end {0} other than those that it pushes")]
    Slot(u8),
}

/// Between which positions a ring end may stand after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it stands now.
    pub own: u64,
    /// As far as the ring's room, or what it holds, lets it move.
    pub most: u64,
}

/// What a record has pushed into each ring so far, or will have popped.
struct Moves {
    /// Messages written, by field.
    written: [u32; 64],
    pushes: FieldSet,
    moved: FieldSet,
}

impl Moves {
    /// The field is a ring end: may it move to `position`, after all that was written?
    fn advance(&mut self, index: usize, end: RingEnd, span: Span, position: u64) -> bool {
        let within = (span.own..=span.most).contains(&position);
        // Messages without content are not written; a consumer writes none.
        let counts = end.role == Role::Producer && end.size != 0;
        let told = !counts || position.wrapping_sub(span.own) == u64::from(self.written[index & 63]);
        let first = !self.moved.has(index);
        self.moved = self.moved.with(index);
        within && told && first
    }

    /// Messages are written into the `range` of bytes from the start of the producer's field: are they the next to be
    /// pushed, and all in one piece?
    fn push(&mut self, index: usize, end: RingEnd, span: Span, range: Range<usize>) -> bool {
        let written = &mut self.written[index & 63];
        let at = span.own.wrapping_add(u64::from(*written));
        let count = range.len().checked_div(end.size).unwrap_or(0);
        *written = written.saturating_add(count as u32);
        self.pushes = self.pushes.with(index);
        let slot = at.checked_rem(end.capacity as u64).map(|slot| slot as usize * end.size);
        let room = span.most.saturating_sub(at);
        count as u64 <= room && room != 0 && slot == Some(range.start) && range.end <= end.capacity * end.size
    }

    /// A producer with messages written that its position does not cover.
    fn unpublished(&self) -> Option<u8> {
        let left = self.pushes.bits() & !self.moved.bits();
        (left != 0).then(|| left.trailing_zeros() as u8)
    }
}

/// Checks the record in the journal of `region` against the borrows it was made under.
///
/// `span(field)` says where a ring end may stand; `None` for one that is not wired. A producer must write the slots
/// that it pushes, in their order and each once, one by one or many at a time, and no other; no log does otherwise.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(
    region: &Region,
    record: &Header,
    exclusive: FieldSet,
    span: impl Fn(usize) -> Option<Span>,
) -> Result<(), Rejected> {
    let len = record.len as usize;
    let body = region.body();
    // SAFETY: `take` bounded the length by the journal, and only this process writes there.
    let entries_bytes = unsafe { core::slice::from_raw_parts(body, len) };
    if bytes::checksum(entries_bytes) != record.entries_crc {
        return Err(Rejected::Checksum);
    }
    // SAFETY: as above.
    let mut entries = unsafe { Entries::new(body, len) };
    let mut positions_at = len;
    let mut moves = Moves { written: [0; 64], pushes: FieldSet::NONE, moved: FieldSet::NONE };
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
                let ring = field.ring().zip(span(index));
                if !ring.is_some_and(|(end, span)| moves.advance(index, end, span, entry.offset)) {
                    return Err(Rejected::Position(entry.field));
                }
            }
            Kind::Write | Kind::Extent if positions_at == len => {
                let inside = entry
                    .offset
                    .checked_sub((IMAGE + field.offset) as u64)
                    .filter(|start| {
                        start.checked_add(entry.len as u64).is_some_and(|end| end <= field.size as u64)
                    })
                    .ok_or(Rejected::Foreign(entry.offset))?;
                let payload = entries_bytes.get(entry.at..entry.at + entry.len).ok_or(Rejected::Malformed)?;
                // Reads look for extents in another way than for other writes.
                if (entry.kind == Kind::Extent) != field.is_extent(inside as usize) {
                    return Err(Rejected::Malformed);
                }
                if !(field.check_write)(inside as usize, payload) {
                    return Err(Rejected::Invalid(entry.field));
                }
                if let Some(end) = field.ring().filter(|end| end.role == Role::Producer)
                    && !span(index).is_some_and(|span| {
                        let start = inside as usize;
                        moves.push(index, end, span, start..start + entry.len)
                    })
                {
                    return Err(Rejected::Slot(entry.field));
                }
            }
            Kind::Write | Kind::Extent => return Err(Rejected::Malformed),
        }
    }
    // Later steps cut the record there: it must be where the walk has found the first position.
    if record.positions_at as usize != positions_at {
        return Err(Rejected::Malformed);
    }
    moves.unpublished().map_or(Ok(()), |field| Err(Rejected::Slot(field)))
}

#[cfg(test)]
mod extents;
#[cfg(test)]
mod rings;
#[cfg(test)]
mod tests;
