//! How an ordered map lies in the image: rows that never move, each the node of a tree, and the list of rows that
//! are free.

use crate::collections::cells::{Cells, is_item};
use crate::commit::{Entry, Overrun};
use crate::state::Plain;
use core::marker::PhantomData;
use core::mem::offset_of;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// No AVL tree of fewer than 2^32 nodes is higher (Knuth, TAOCP 6.2.3: 1.4405 log2(n + 2) - 0.3277).
pub const HEIGHT: usize = 46;

/// The image of an ordered map.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Image<K, V, const N: usize> {
    header: Header,
    rows: [Row<K, V>; N],
}

/// What an ordered map keeps besides its rows. Rows are counted from 1; 0 stands for none.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    pub root: u32,
    /// The newest free row; it names the next.
    pub free: u32,
    /// Rows behind this one have not been in use since the map was empty.
    pub used: u32,
    pub len: u32,
}

/// A row: three cells.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Row<K, V> {
    node: Node,
    key: K,
    value: V,
}

/// A row as a node of the tree.
#[derive(Clone, Copy, PartialEq, Eq, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Node {
    /// The subtrees with smaller and with larger keys.
    pub links: [u32; 2],
    /// Height of the tree that begins here; 0 while the row is free, and its first link the next free row.
    pub height: u32,
}

/// The offsets of one kind of ordered map, and what is read and written there.
pub struct Table<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain, V: Plain, const N: usize> Table<K, V, N> {
    const ROWS: usize = offset_of!(Image<K, V, N>, rows);
    const KEY: usize = offset_of!(Row<K, V>, key);
    const VALUE: usize = offset_of!(Row<K, V>, value);
    /// What a removal takes that turns three nodes on each level, and what an insertion adds to that.
    pub const LARGEST: usize = {
        let levels = (N + 2).ilog2() as usize * 3 / 2 + 2;
        (3 * levels + 3) * Entry::space(0, size_of::<Node>())
            + Entry::most(size_of::<K>())
            + Entry::most(size_of::<V>())
            + Entry::most(size_of::<Header>())
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
        header.used as usize <= N
            && [header.root, header.free, header.len].iter().all(|number| *number <= header.used)
    }

    /// Offset of row `number`; `None` where there is no such row.
    fn row(number: u32) -> Option<usize> {
        let row = (number as usize).checked_sub(1).filter(|row| *row < N)?;
        Some(Self::ROWS + row * size_of::<Row<K, V>>())
    }

    pub fn node(cells: &Cells, number: u32) -> Option<Node> {
        Some(cells.load(Self::row(number)?))
    }

    pub fn set_node(cells: &mut Cells, number: u32, node: Node) -> Result<(), Overrun> {
        if Self::node(cells, number).is_some_and(|there| there != node)
            && let Some(offset) = Self::row(number)
        {
            return cells.set(offset, &node);
        }
        Ok(())
    }

    pub fn key(cells: &Cells, number: u32) -> Option<&K> {
        cells.get(Self::row(number)? + Self::KEY)
    }

    pub fn value(cells: &Cells, number: u32) -> Option<&V> {
        cells.get(Self::row(number)? + Self::VALUE)
    }

    pub fn set_key(cells: &mut Cells, number: u32, key: &K) -> Result<(), Overrun> {
        Self::row(number).map_or(Ok(()), |offset| cells.set(offset + Self::KEY, key))
    }

    pub fn set_value(cells: &mut Cells, number: u32, value: &V) -> Result<(), Overrun> {
        Self::row(number).map_or(Ok(()), |offset| cells.set(offset + Self::VALUE, value))
    }

    /// Takes a free row out of `header`; `None` where there is none.
    pub fn take(cells: &Cells, header: &mut Header) -> Option<u32> {
        // Only the list of a damaged map names a row that is in use; what is free then is lost until the map is
        // empty again, but no row is used twice.
        let next = Self::node(cells, header.free).filter(|node| node.height == 0);
        if let Some(next) = next {
            let number = header.free;
            header.free = if next.links[0] <= header.used { next.links[0] } else { 0 };
            return Some(number);
        }
        header.free = 0;
        if header.used as usize >= N {
            return None;
        }
        header.used += 1;
        Some(header.used)
    }

    /// Gives row `number` back to `header`.
    pub fn give(cells: &mut Cells, header: &mut Header, number: u32) -> Result<(), Overrun> {
        header.len = header.len.saturating_sub(1);
        if header.len == 0 {
            *header = Header::new_zeroed();
            return Ok(());
        }
        Self::set_node(cells, number, Node { links: [header.free, 0], height: 0 })?;
        header.free = number;
        Ok(())
    }

    /// Whether `bytes` at `offset` are a whole cell that may stand there.
    pub fn takes(offset: usize, bytes: &[u8]) -> bool {
        if offset == 0 {
            return Header::try_read_from_bytes(bytes).is_ok_and(Self::is_sound);
        }
        let Some(at) = offset.checked_sub(Self::ROWS) else { return false };
        if at / size_of::<Row<K, V>>() >= N {
            return false;
        }
        let at = at % size_of::<Row<K, V>>();
        at == 0 && Node::try_read_from_bytes(bytes).is_ok_and(Self::may_be_node)
            || is_item::<K>(at, bytes, Self::KEY, 1)
            || is_item::<V>(at, bytes, Self::VALUE, 1)
    }

    fn may_be_node(node: Node) -> bool {
        node.links.iter().all(|number| *number as usize <= N) && node.height as usize <= HEIGHT
    }

    /// Whether the header at the start of `image` can be right. Rows are checked when they are read.
    pub fn is_possible(image: &[u8]) -> bool {
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| Self::is_sound(header))
    }
}
