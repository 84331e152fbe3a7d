//! The parts of a region that entries of a record and items of the history can be about: the fields, and what the runtime
//! itself keeps in the header.

use super::Rejected;
use super::record::Entry;
use crate::layout::{ANSWERS, Answer, IMAGE, RegionHeader};
use crate::state::FieldInfo;
use core::mem::offset_of;

/// A part of the region.
#[derive(Clone, Copy)]
pub(super) struct Area {
    field: u16,
    start: usize,
    size: usize,
    /// Whether a rollback takes entries back: what a ring holds belongs to its positions, and those are never taken
    /// back.
    pub(super) undone: bool,
}

impl Area {
    /// Holds nothing.
    pub(super) const NONE: Self = Self { field: u16::MAX, start: 0, size: 0, undone: false };

    /// The part that the bytes of an entry lie in.
    ///
    /// # Errors
    /// [`Rejected`] where there is none.
    #[inline(never)]
    pub(super) fn of(fields: &[FieldInfo], entry: &Entry) -> Result<Self, Rejected> {
        Self::at(fields, entry.field, entry.offset, entry.len).ok_or(Rejected::Malformed)
    }

    /// The part that `len` bytes of `field` at `offset` of the region lie in.
    #[inline]
    pub(super) fn at(fields: &[FieldInfo], field: u8, offset: u64, len: usize) -> Option<Self> {
        let own = fields.get(usize::from(field)).map(|info| Self {
            field: field.into(),
            start: IMAGE + info.offset,
            size: info.size,
            undone: info.ring().is_none(),
        });
        if let Some(own) = own.filter(|area| area.holds(offset, len)) {
            return Some(own);
        }
        // The number of a sixty-fourth field is also that of what the runtime keeps.
        let (start, size) = (offset_of!(RegionHeader, answers), size_of::<[Answer; ANSWERS]>());
        let answers = Self { field: field.into(), start, size, undone: true };
        (field == Entry::RUNTIME && answers.holds(offset, len)).then_some(answers)
    }

    /// Whether this is the part that the bytes of an entry lie in.
    #[inline]
    pub(super) fn is_of(&self, entry: &Entry) -> bool {
        self.field == u16::from(entry.field) && self.holds(entry.offset, entry.len)
    }

    #[inline]
    fn holds(&self, offset: u64, len: usize) -> bool {
        // An offset before the start wraps, and is too large then.
        len <= self.size && offset.wrapping_sub(self.start as u64) <= (self.size - len) as u64
    }
}
