//! A node of an ordered map's tree: up to [`MOST`] keys, each with the number of what it leads to.
//!
//! Keys stay in the slots where they were put; their order is kept apart from them, with the numbers (a slot array, as
//! Chen and Jin have it: Persistent B+-trees in non-volatile main memory, VLDB 2015). So a key that comes is one cell
//! and the slots are another, and a key that goes is the slots alone, however large keys are.
//!
//! Leaves and inner nodes are alike. In a leaf the numbers are rows. In an inner node they are nodes, and a key is the
//! lower bound of what lies under it: the first one is never looked at.

use super::table::{Header, Table};
use crate::collections::cells::Cells;
use crate::commit::Overrun;
use crate::state::Plain;
use core::marker::PhantomData;
use core::ops::Range;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout};

/// Most entries of a node: with keys of eight bytes it is three lines of the cache.
pub const MOST: usize = 14;
/// Fewest entries of a node that is neither the root nor the last of its level.
pub const LEAST: usize = MOST / 2;

/// The entries of a node by ascending key.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Slots {
    len: u16,
    /// Where the key lies.
    keys: [u8; MOST],
    /// What it leads to. The first one of a free node names the next free node, counted from 1.
    links: [u32; MOST],
}

impl Slots {
    fn len(&self) -> usize {
        usize::from(self.len).min(MOST)
    }

    /// A slot without a key.
    fn unused(&self) -> Option<usize> {
        let used = |mask: u32, slot: &u8| mask | 1_u32.checked_shl(u32::from(*slot)).unwrap_or(0);
        let used = self.keys[..self.len()].iter().fold(0, used);
        Some(used.trailing_ones() as usize).filter(|slot| *slot < MOST)
    }

    fn insert(&mut self, rank: usize, slot: usize, link: u32) {
        let len = self.len();
        if len < MOST && rank <= len {
            self.keys.copy_within(rank..len, rank + 1);
            self.links.copy_within(rank..len, rank + 1);
            (self.keys[rank], self.links[rank]) = (slot as u8, link);
            self.len = len as u16 + 1;
        }
    }

    fn remove(&mut self, ranks: &Range<usize>) {
        let len = self.len();
        if ranks.start <= ranks.end && ranks.end <= len {
            self.keys.copy_within(ranks.end..len, ranks.start);
            self.links.copy_within(ranks.end..len, ranks.start);
            self.len = (len - ranks.len()) as u16;
        }
    }

    /// Whether these can be slots where links are numbers up to `numbers`.
    pub fn are_possible(&self, numbers: usize) -> bool {
        usize::from(self.len) <= MOST
            && self.keys.iter().all(|slot| usize::from(*slot) < MOST)
            && self.links.iter().all(|link| *link as usize <= numbers)
    }
}

/// A node to look at.
pub struct Node<'a, K, V, const N: usize> {
    cells: &'a Cells,
    at: usize,
    slots: &'a Slots,
    /// All keys at once, where none of them can have been changed: whoever writes a key writes the slots, too.
    keys: Option<&'a [K]>,
    of: PhantomData<V>,
}

impl<'a, K: Plain, V: Plain, const N: usize> Node<'a, K, V, N> {
    /// Node `number`, with changes made so far; `None` where there is none.
    #[inline]
    pub fn get(cells: &'a Cells, number: u32) -> Option<Self> {
        let at = Table::<K, V, N>::node(number)?;
        let slots: &Slots = cells.get(at)?;
        let keys = if cells.is_committed(at, slots) {
            cells.committed(Table::<K, V, N>::key(at, 0), MOST)
        } else {
            None
        };
        Some(Self { cells, at, slots, keys, of: PhantomData })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// What entry `rank` leads to.
    #[inline]
    pub fn link(&self, rank: usize) -> Option<u32> {
        self.slots.links[..self.len()].get(rank).copied()
    }

    /// The key of entry `rank`.
    #[inline]
    pub fn key(&self, rank: usize) -> Option<&'a K> {
        let slot = usize::from(*self.slots.keys[..self.len()].get(rank)?);
        match self.keys {
            Some(keys) => keys.get(slot),
            None if slot < MOST => self.cells.get(Table::<K, V, N>::key(self.at, slot)),
            None => None,
        }
    }

    /// The first entry from `first` on whose key is not `before`; keys that are come first.
    #[inline]
    pub fn rank(&self, first: usize, before: impl Fn(&K) -> bool) -> usize {
        let (mut low, mut high) = (first, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle).is_some_and(&before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The nodes of one kind of ordered map, to be changed.
pub struct Nodes<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain, V: Plain, const N: usize> Nodes<K, V, N> {
    fn slots(cells: &Cells, number: u32) -> Slots {
        Table::<K, V, N>::node(number).map_or_else(Slots::new_zeroed, |at| cells.load(at))
    }

    fn set_slots(cells: &mut Cells, number: u32, slots: &Slots) -> Result<(), Overrun> {
        Table::<K, V, N>::node(number).map_or(Ok(()), |at| cells.set(at, slots))
    }

    fn set_key(cells: &mut Cells, number: u32, slot: usize, key: &K) -> Result<(), Overrun> {
        Table::<K, V, N>::node(number).map_or(Ok(()), |at| cells.set(Table::<K, V, N>::key(at, slot), key))
    }

    /// Number of entries.
    pub fn len(cells: &Cells, number: u32) -> usize {
        Node::<K, V, N>::get(cells, number).map_or(0, |node| node.len())
    }

    /// Key and link of entry `rank`.
    pub fn entry(cells: &Cells, number: u32, rank: usize) -> Option<(K, u32)> {
        let node = Node::<K, V, N>::get(cells, number)?;
        Some((*node.key(rank)?, node.link(rank)?))
    }

    /// Takes a free node out of `header`, with whatever it has in it; `None` where there is none.
    pub fn take(cells: &Cells, header: &mut Header) -> Option<u32> {
        // Only the list of a damaged map names a node that is in use: it is believed no further.
        if let Some(number) = header.spare.checked_sub(1) {
            let slots = Self::slots(cells, number);
            header.spare = if slots.links[0] <= header.nodes { slots.links[0] } else { 0 };
            if slots.len == 0 {
                return Some(number);
            }
            header.spare = 0;
        }
        Table::<K, V, N>::node(header.nodes)?;
        header.nodes += 1;
        Some(header.nodes - 1)
    }

    /// Gives node `number` back to `header`.
    pub fn give(cells: &mut Cells, header: &mut Header, number: u32) -> Result<(), Overrun> {
        let mut slots = Slots::new_zeroed();
        slots.links[0] = header.spare;
        header.spare = number + 1;
        Self::set_slots(cells, number, &slots)
    }

    /// Makes a node empty.
    pub fn clear(cells: &mut Cells, number: u32) -> Result<(), Overrun> {
        Self::set_slots(cells, number, &Slots::new_zeroed())
    }

    /// Puts an entry before entry `rank`; there must be room.
    pub fn put(cells: &mut Cells, number: u32, rank: usize, key: &K, link: u32) -> Result<(), Overrun> {
        let mut slots = Self::slots(cells, number);
        let Some(slot) = slots.unused() else { return Ok(()) };
        Self::set_key(cells, number, slot, key)?;
        slots.insert(rank, slot, link);
        Self::set_slots(cells, number, &slots)
    }

    /// Takes entry `rank` out.
    pub fn cut(cells: &mut Cells, number: u32, rank: usize) -> Result<(), Overrun> {
        let mut slots = Self::slots(cells, number);
        slots.remove(&(rank..rank + 1));
        Self::set_slots(cells, number, &slots)
    }

    /// Gives entry `rank` another key that does not change the order.
    pub fn rename(cells: &mut Cells, number: u32, rank: usize, key: &K) -> Result<(), Overrun> {
        let slots = Self::slots(cells, number);
        let slot = slots.keys.get(rank).copied().map_or(MOST, usize::from);
        if slot < MOST {
            Self::set_key(cells, number, slot, key)?;
            Self::set_slots(cells, number, &slots)?;
        }
        Ok(())
    }

    /// Moves entries `ranks` of node `from` to before entry `rank` of node `to`, where there must be room.
    pub fn shift(
        cells: &mut Cells,
        from: u32,
        ranks: Range<usize>,
        to: u32,
        rank: usize,
    ) -> Result<(), Overrun> {
        let (mut source, mut target) = (Self::slots(cells, from), Self::slots(cells, to));
        let mut place = rank;
        for rank in ranks.clone() {
            // An entry that cannot be read, or for which there is no room, can only be there in a damaged map.
            let Some((key, link)) = Self::entry(cells, from, rank) else { continue };
            let Some(slot) = target.unused() else { continue };
            Self::set_key(cells, to, slot, &key)?;
            target.insert(place, slot, link);
            place += 1;
        }
        source.remove(&ranks);
        Self::set_slots(cells, from, &source)?;
        Self::set_slots(cells, to, &target)
    }
}
