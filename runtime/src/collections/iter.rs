//! [`Iter`]: goes through the items of a vector or queue.

use super::cells::Cells;
use crate::state::Plain;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::Range;

/// Items in order, with changes made so far.
pub struct Iter<'a, T> {
    cells: &'a Cells,
    /// Offset of the row of items.
    items: usize,
    /// Where in the row the first item lies, at most `capacity`.
    first: usize,
    /// Items in the row.
    capacity: usize,
    range: Range<usize>,
    of: PhantomData<&'a T>,
}

impl<'a, T> Iter<'a, T> {
    /// The `len` items from `first` on, round the row of `capacity` items at offset `items`.
    pub(super) fn new(cells: &'a Cells, items: usize, first: usize, len: usize, capacity: usize) -> Self {
        Self { cells, items, first, capacity, range: 0..len, of: PhantomData }
    }
}

impl<'a, T: Plain> Iter<'a, T> {
    fn get(&self, index: usize) -> Option<&'a T> {
        let until_end = self.capacity - self.first;
        let place = if index < until_end { self.first + index } else { index - until_end };
        self.cells.get(self.items + place * size_of::<T>())
    }
}

// What is no `T` is passed over: only foreign code can have put it there.
impl<'a, T: Plain> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            let index = self.range.next()?;
            if let Some(item) = self.get(index) {
                return Some(item);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.range.len()))
    }
}

impl<T: Plain> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let index = self.range.next_back()?;
            if let Some(item) = self.get(index) {
                return Some(item);
            }
        }
    }
}

impl<T: Plain> FusedIterator for Iter<'_, T> {}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { range: self.range.clone(), ..*self }
    }
}

impl<T: Plain + core::fmt::Debug> core::fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
