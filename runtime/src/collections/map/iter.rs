//! [`Pairs`]: goes through the rows of a map.

use super::table::Table;
use crate::collections::cells::Cells;
use crate::state::Plain;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::Range;

/// Keys and values of a [`Map`](super::Map), with changes made so far.
pub struct Pairs<'a, K, V, const N: usize> {
    cells: &'a Cells,
    rows: Range<usize>,
    of: PhantomData<&'a (K, V)>,
}

impl<'a, K: Plain, V: Plain, const N: usize> Pairs<'a, K, V, N> {
    pub(super) fn new(cells: &'a Cells) -> Self {
        Self { cells, rows: 0..Table::<K, V, N>::len(cells), of: PhantomData }
    }

    fn get(&self, row: usize) -> Option<(&'a K, &'a V)> {
        Some((Table::<K, V, N>::key(self.cells, row)?, Table::<K, V, N>::value(self.cells, row)?))
    }
}

// What is no key or value is passed over: only foreign code can have put it there.
impl<'a, K: Plain, V: Plain, const N: usize> Iterator for Pairs<'a, K, V, N> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let row = self.rows.next()?;
            if let Some(pair) = self.get(row) {
                return Some(pair);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.rows.len()))
    }
}

impl<K: Plain, V: Plain, const N: usize> DoubleEndedIterator for Pairs<'_, K, V, N> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let row = self.rows.next_back()?;
            if let Some(pair) = self.get(row) {
                return Some(pair);
            }
        }
    }
}

impl<K: Plain, V: Plain, const N: usize> FusedIterator for Pairs<'_, K, V, N> {}

impl<K, V, const N: usize> Clone for Pairs<'_, K, V, N> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), ..*self }
    }
}

impl<K: Plain + core::fmt::Debug, V: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug
    for Pairs<'_, K, V, N>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
