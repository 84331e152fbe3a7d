//! How an ordered map lies in the image: values in rows that never move, the numbers of rows that are free, and the
//! nodes of a tree that leads to the rows.

use super::node::{LEAST, MOST, Slots};
use crate::collections::cells::{Cells, is_item};
use crate::commit::{Entry, Overrun};
use crate::konst::round_up;
use crate::state::Plain;
use core::marker::PhantomData;
use core::mem::offset_of;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// No tree of fewer than 2^32 keys has more levels: a level has at most a seventh of the entries of the one below it.
pub const LEVELS: usize = 12;

/// The image of an ordered map.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Image<K, V, const N: usize> {
    header: Header,
    nodes: Area<K, N>,
    values: [V; N],
    free: [u32; N],
}

/// Room for as many nodes as `N` keys can need; only its size and alignment count.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C, align(16))]
struct Area<K, const N: usize> {
    keys: [[K; 3]; N],
    words: [[u32; 3]; N],
    more_keys: [K; 28],
    more_words: [u32; 128],
}

/// What an ordered map keeps besides rows and nodes.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    pub root: u32,
    /// Levels of the tree, leaves included.
    pub levels: u32,
    pub len: u32,
    /// Rows behind these have not been in use since the map was empty.
    pub used: u32,
    /// The same of nodes.
    pub nodes: u32,
    /// The newest free node, counted from 1; it names the next.
    pub spare: u32,
}

/// The offsets of one kind of ordered map, and what is read and written there.
pub struct Table<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain, V: Plain, const N: usize> Table<K, V, N> {
    const NODES: usize = offset_of!(Image<K, V, N>, nodes);
    const VALUES: usize = offset_of!(Image<K, V, N>, values);
    const FREE: usize = offset_of!(Image<K, V, N>, free);
    /// Where in a node its keys begin.
    const KEYS: usize = round_up(size_of::<Slots>(), align_of::<K>());
    /// From one node to the next: without more lines of the cache than need be, as far as keys are not tiny.
    const STRIDE: usize =
        round_up(Self::KEYS + MOST * size_of::<K>(), if size_of::<K>() < 4 { 8 } else { 32 });
    /// Nodes for which there is room.
    const COUNT: usize = {
        let count = size_of::<Area<K, N>>() / Self::STRIDE;
        let (nodes, levels) = most_nodes(N);
        assert!(nodes <= count && levels <= LEVELS, "the tree of an ordered map has room");
        count
    };
    /// What an insertion takes that splits a node on each level: no removal takes more.
    pub const LARGEST: usize = {
        let (_, levels) = most_nodes(N);
        let (slots, key) = (entry(size_of::<Slots>()), entry(size_of::<K>()));
        levels * (2 * slots + (MOST / 2 + 1) * key)
            + slots
            + 2 * key
            + entry(size_of::<V>())
            + entry(size_of::<u32>())
            + entry(size_of::<Header>())
    };

    /// The header; an empty map's where it can only belong to a damaged one.
    pub fn header(cells: &Cells) -> Header {
        let header: Header = cells.load(0);
        if Self::is_sound(header) { header } else { Header::new_zeroed() }
    }

    pub fn set_header(cells: &mut Cells, header: Header) -> Result<(), Overrun> {
        cells.set(0, &header)
    }

    fn is_sound(header: Header) -> bool {
        let Header { root, levels, len, used, nodes, spare } = header;
        len <= used
            && used as usize <= N
            && (levels as usize) <= LEVELS
            && (root < nodes || levels == 0)
            && (len == 0) == (levels == 0)
            && spare <= nodes
            && nodes as usize <= Self::COUNT
    }

    /// Offset of node `number`, where its slots lie; `None` where there is no such node.
    pub fn node(number: u32) -> Option<usize> {
        let number = number as usize;
        (number < Self::COUNT).then(|| Self::NODES + number * Self::STRIDE)
    }

    /// Offset of the key in slot `slot` of the node at `node`.
    pub fn key(node: usize, slot: usize) -> usize {
        node + Self::KEYS + slot * size_of::<K>()
    }

    pub fn value(cells: &Cells, row: u32) -> Option<&V> {
        cells.get(Self::place(row)?)
    }

    pub fn set_value(cells: &mut Cells, row: u32, value: &V) -> Result<(), Overrun> {
        Self::place(row).map_or(Ok(()), |offset| cells.set(offset, value))
    }

    fn place(row: u32) -> Option<usize> {
        let row = row as usize;
        (row < N).then(|| Self::VALUES + row * size_of::<V>())
    }

    /// Where the number of a row that is free is kept, if `free` rows are free besides.
    fn free(free: u32) -> usize {
        Self::FREE + free as usize * size_of::<u32>()
    }

    /// Takes a free row out of `header`, which counts one key more then; `None` where there is none.
    pub fn take_row(cells: &Cells, header: &mut Header) -> Option<u32> {
        if header.len as usize >= N {
            return None;
        }
        let free = header.used - header.len;
        let row = if let Some(last) = free.checked_sub(1) {
            cells.load(Self::free(last))
        } else {
            header.used += 1;
            header.used - 1
        };
        header.len += 1;
        // Only the list of a damaged map names a row that was never in use.
        (row < header.used).then_some(row)
    }

    /// Gives row `row` back to `header`, which is not that of an empty map.
    pub fn give_row(cells: &mut Cells, header: &mut Header, row: u32) -> Result<(), Overrun> {
        let free = header.used - header.len;
        header.len -= 1;
        cells.set(Self::free(free), &row)
    }

    /// Whether `bytes` at `offset` are a whole cell that may stand there.
    pub fn takes(offset: usize, bytes: &[u8]) -> bool {
        if offset == 0 {
            return Header::try_read_from_bytes(bytes).is_ok_and(Self::is_sound);
        }
        if is_item::<V>(offset, bytes, Self::VALUES, N) {
            return true;
        }
        if is_item::<u32>(offset, bytes, Self::FREE, N) {
            return u32::try_read_from_bytes(bytes).is_ok_and(|row| (row as usize) < N);
        }
        let Some(at) = offset.checked_sub(Self::NODES) else { return false };
        if at / Self::STRIDE >= Self::COUNT {
            return false;
        }
        let at = at % Self::STRIDE;
        at == 0 && Slots::try_read_from_bytes(bytes).is_ok_and(|slots| slots.are_possible(N.max(Self::COUNT)))
            || is_item::<K>(at, bytes, Self::KEYS, MOST)
    }

    /// Whether the header at the start of `image` can be right. Nodes and rows are checked when they are read.
    pub fn is_possible(image: &[u8]) -> bool {
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| Self::is_sound(header))
    }
}

/// Most nodes and levels of a tree of `keys` keys. Of a level only the last node may have fewer than [`LEAST`] entries.
const fn most_nodes(keys: usize) -> (usize, usize) {
    let (mut nodes, mut levels, mut level) = (0, 0, keys);
    while level > 1 || levels == 0 && level == 1 {
        level = (level - 1) / LEAST + 1;
        nodes += level;
        levels += 1;
    }
    (nodes, levels)
}

/// Record that a cell of `len` bytes takes at most.
const fn entry(len: usize) -> usize {
    if len < 256 { Entry::space(0, len) } else { Entry::most(len) }
}

#[cfg(test)]
mod tests {
    use super::{LEVELS, most_nodes};

    #[test]
    fn nodes_and_levels_are_counted_at_their_fewest_entries() {
        assert_eq!([0, 1, 7, 8, 15, 50].map(most_nodes), [(0, 0), (1, 1), (1, 1), (3, 2), (4, 2), (11, 3)]);
        assert_eq!(most_nodes(u32::MAX as usize).1, LEVELS);
    }
}
