//! [`Range`]: goes through the entries of an ordered map, from either end.

use super::path::Path;
use super::table::Table;
use crate::collections::cells::Cells;
use crate::state::Plain;
use core::cmp::Ordering;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};

/// Keys and values of an [`OrderedMap`](super::OrderedMap) by ascending key, with changes made so far.
pub struct Range<'a, K, V, const N: usize> {
    cells: &'a Cells,
    /// The ways to the entries that come next from either side.
    front: Path<K, V, N>,
    back: Path<K, V, N>,
    /// Most entries that may follow: ends the walk even if links lead in a circle.
    left: usize,
    of: PhantomData<&'a (K, V)>,
}

impl<'a, K: Plain, V: Plain, const N: usize> Range<'a, K, V, N> {
    pub(super) fn all(cells: &'a Cells) -> Self {
        let left = Table::<K, V, N>::header(cells).len as usize;
        Self { cells, front: Path::first(cells), back: Path::last(cells), left, of: PhantomData }
    }

    pub(super) fn new(cells: &'a Cells, bounds: &impl RangeBounds<K>) -> Self
    where
        K: Ord,
    {
        let is_before = |before| if before { Ordering::Less } else { Ordering::Greater };
        let mut front = Path::to(cells, |key: &K| match bounds.start_bound() {
            Bound::Included(start) => key.cmp(start),
            Bound::Excluded(start) => is_before(key <= start),
            Bound::Unbounded => Ordering::Greater,
        });
        front.settle(cells);
        let mut back = Path::to(cells, |key: &K| match bounds.end_bound() {
            Bound::Included(end) => is_before(key <= end),
            Bound::Excluded(end) => key.cmp(end),
            Bound::Unbounded => Ordering::Less,
        });
        back.retreat(cells);
        let key = |path: &Path<K, V, N>| path.entry(cells).map(|entry| entry.0);
        let empty = key(&front).zip(key(&back)).is_none_or(|(first, last)| first > last);
        let left = if empty { 0 } else { Table::<K, V, N>::header(cells).len as usize };
        Self { cells, front, back, left, of: PhantomData }
    }

    /// Counts the entry that comes next from one side; the last one ends the walk.
    fn take(&mut self, pair: Option<(&'a K, &'a V)>) -> Option<(&'a K, &'a V)> {
        self.left = if self.front.leaf() == self.back.leaf() { 0 } else { self.left.checked_sub(1)? };
        pair
    }
}

impl<'a, K: Plain, V: Plain, const N: usize> Iterator for Range<'a, K, V, N> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let pair = self.take(self.front.pair(self.cells));
        self.front.advance(self.cells);
        pair
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<K: Plain, V: Plain, const N: usize> DoubleEndedIterator for Range<'_, K, V, N> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let pair = self.take(self.back.pair(self.cells));
        self.back.retreat(self.cells);
        pair
    }
}

impl<K: Plain, V: Plain, const N: usize> FusedIterator for Range<'_, K, V, N> {}

impl<K, V, const N: usize> Clone for Range<'_, K, V, N> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), back: self.back.clone(), ..*self }
    }
}

impl<K: Plain + core::fmt::Debug, V: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug
    for Range<'_, K, V, N>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
