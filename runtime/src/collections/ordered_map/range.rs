//! [`Range`]: goes through the rows of an ordered map, from either end.

use super::table::{HEIGHT, Table};
use super::tree::{LEFT, RIGHT};
use crate::collections::cells::Cells;
use crate::state::Plain;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};

/// Keys and values of an [`OrderedMap`](super::OrderedMap) by ascending key, with changes made so far.
pub struct Range<'a, K, V, const N: usize> {
    cells: &'a Cells,
    front: Cursor<LEFT>,
    back: Cursor<RIGHT>,
    /// Most rows that may follow: ends the walk even if links lead in a circle.
    left: usize,
    of: PhantomData<&'a (K, V)>,
}

/// The rows from the one that is next, if one comes from side `FROM`, up to the root, as far as they come later.
#[derive(Clone)]
struct Cursor<const FROM: usize> {
    rows: [u32; HEIGHT],
    len: usize,
}

impl<const FROM: usize> Cursor<FROM> {
    /// Stands at the first row whose key is `inside`.
    fn new<K: Plain, V: Plain, const N: usize>(cells: &Cells, inside: impl Fn(&K) -> bool) -> Self {
        let mut this = Self { rows: [0; HEIGHT], len: 0 };
        let mut number = Table::<K, V, N>::header(cells).root;
        for _ in 0..HEIGHT {
            let Some(key) = Table::<K, V, N>::key(cells, number) else { break };
            let inside = inside(key);
            if inside {
                this.push(number);
            }
            let side = if inside { FROM } else { 1 - FROM };
            number = Table::<K, V, N>::node(cells, number).map_or(0, |node| node.links[side]);
        }
        this
    }

    fn push(&mut self, number: u32) {
        if let Some(row) = self.rows.get_mut(self.len) {
            *row = number;
            self.len += 1;
        }
    }

    fn next(&self) -> Option<u32> {
        self.rows[..self.len].last().copied()
    }

    fn advance<K: Plain, V: Plain, const N: usize>(&mut self, cells: &Cells) {
        let Some(number) = self.next() else { return };
        self.len -= 1;
        let mut side = 1 - FROM;
        let mut number = number;
        for _ in 0..HEIGHT {
            number = Table::<K, V, N>::node(cells, number).map_or(0, |node| node.links[side]);
            if number == 0 {
                break;
            }
            self.push(number);
            side = FROM;
        }
    }
}

impl<'a, K: Plain, V: Plain, const N: usize> Range<'a, K, V, N> {
    pub(super) fn all(cells: &'a Cells) -> Self {
        let front = Cursor::new::<K, V, N>(cells, |_| true);
        let back = Cursor::new::<K, V, N>(cells, |_| true);
        Self { cells, front, back, left: Table::<K, V, N>::header(cells).len as usize, of: PhantomData }
    }

    pub(super) fn new(cells: &'a Cells, bounds: &impl RangeBounds<K>) -> Self
    where
        K: Ord,
    {
        let front = Cursor::new::<K, V, N>(cells, |key| match bounds.start_bound() {
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
            Bound::Unbounded => true,
        });
        let back = Cursor::new::<K, V, N>(cells, |key| match bounds.end_bound() {
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
            Bound::Unbounded => true,
        });
        let key = |number: Option<u32>| Table::<K, V, N>::key(cells, number?);
        let empty = key(front.next()).zip(key(back.next())).is_none_or(|(first, last)| first > last);
        let left = if empty { 0 } else { Table::<K, V, N>::header(cells).len as usize };
        Self { cells, front, back, left, of: PhantomData }
    }

    fn get(&self, number: u32) -> Option<(&'a K, &'a V)> {
        Some((Table::<K, V, N>::key(self.cells, number)?, Table::<K, V, N>::value(self.cells, number)?))
    }

    /// Counts the row that comes next from one side; the last one ends the walk.
    fn take(&mut self, number: Option<u32>) -> Option<(&'a K, &'a V)> {
        self.left = if self.front.next() == self.back.next() { 0 } else { self.left.checked_sub(1)? };
        self.get(number?)
    }
}

impl<'a, K: Plain, V: Plain, const N: usize> Iterator for Range<'a, K, V, N> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let pair = self.take(self.front.next());
        self.front.advance::<K, V, N>(self.cells);
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
        let pair = self.take(self.back.next());
        self.back.advance::<K, V, N>(self.cells);
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
