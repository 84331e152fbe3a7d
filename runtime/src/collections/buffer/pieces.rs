//! [`Pieces`]: what a buffer holds, as the slices in which it lies in memory.

use super::area::Area;
use core::iter::FusedIterator;
use core::ops::Range;

/// A range of a [`Buffer`](super::Buffer) as slices, one after the other. What is committed is one slice; what a
/// change under way has written lies elsewhere, in its record.
#[derive(Clone)]
pub struct Pieces<'a, const BYTES: usize> {
    area: &'a Area<BYTES>,
    range: Range<usize>,
}

impl<'a, const BYTES: usize> Pieces<'a, BYTES> {
    pub(super) fn new(area: &'a Area<BYTES>, range: Range<usize>) -> Self {
        Self { area, range }
    }

    /// Bytes in all slices that are left.
    pub fn bytes_left(&self) -> usize {
        self.range.len()
    }

    /// The whole range, if it lies together.
    pub fn contiguous(&self) -> Option<&'a [u8]> {
        let piece = self.area.piece(self.range.start, self.range.end);
        (piece.len() == self.range.len()).then_some(piece)
    }
}

impl<'a, const BYTES: usize> Iterator for Pieces<'a, BYTES> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let piece = self.area.piece(self.range.start, self.range.end);
        self.range.start += piece.len();
        (!piece.is_empty()).then_some(piece)
    }
}

impl<const BYTES: usize> FusedIterator for Pieces<'_, BYTES> {}

impl<const BYTES: usize> core::fmt::Debug for Pieces<'_, BYTES> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone().flatten()).finish()
    }
}
