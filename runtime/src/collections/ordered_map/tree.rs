//! The tree of an ordered map: a B+ tree (Comer, The ubiquitous B-tree, ACM Computing Surveys 1979) without recursion
//! or links between leaves.
//!
//! A node that overflows is split in half, but the last one of a level at its end: keys that ascend fill their nodes.
//! So of each level the last node alone may have fewer than [`LEAST`] entries.

use super::node::{LEAST, MOST, Node, Nodes};
use super::path::{Path, Step};
use super::table::{Header, LEVELS, Table};
use crate::collections::cells::Cells;
use crate::commit::Overrun;
use crate::state::Plain;
use core::marker::PhantomData;

/// The tree of one kind of ordered map.
pub struct Tree<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain + Ord, V: Plain, const N: usize> Tree<K, V, N> {
    /// The row of `key`.
    #[inline]
    pub fn find(cells: &Cells, key: &K) -> Option<u32> {
        let header = Table::<K, V, N>::header(cells);
        let mut number = header.root;
        for _ in 0..header.levels.checked_sub(1)? {
            let node = Node::<K, V, N>::get(cells, number)?;
            number = node.link(node.rank(1, |there| there <= key) - 1)?;
        }
        let leaf = Node::<K, V, N>::get(cells, number)?;
        let rank = leaf.rank(0, |there| there < key);
        if leaf.key(rank)? == key { leaf.link(rank) } else { None }
    }

    /// Adds a row with a key that is not there yet; false where there is no room.
    pub fn add(cells: &mut Cells, key: &K, value: &V) -> Result<bool, Overrun> {
        let mut header = Table::<K, V, N>::header(cells);
        let path = Path::<K, V, N>::to(cells, |there| there.cmp(key));
        let nodes = Self::reserve(cells, &mut header, &path);
        let (Some(nodes), Some(row)) = (nodes, Table::<K, V, N>::take_row(cells, &mut header)) else {
            return Ok(false);
        };
        Table::<K, V, N>::set_value(cells, row, value)?;
        Self::hang(cells, &mut header, &path, &nodes, (*key, row))?;
        Table::<K, V, N>::set_header(cells, header)?;
        Ok(true)
    }

    /// Takes the nodes out of `header` that another entry at the end of `path` needs, before anything is written;
    /// `None` where there are too few, which is so in a damaged map alone.
    fn reserve(cells: &Cells, header: &mut Header, path: &Path<K, V, N>) -> Option<[u32; LEVELS + 1]> {
        let mut nodes = [0; LEVELS + 1];
        let steps = path.steps();
        if steps.len() != header.levels as usize {
            return None;
        }
        let full =
            steps.iter().rev().take_while(|step| Nodes::<K, V, N>::len(cells, step.node) == MOST).count();
        let grows = full == steps.len();
        if grows && full == LEVELS {
            return None;
        }
        for node in &mut nodes[..full + usize::from(grows)] {
            *node = Nodes::<K, V, N>::take(cells, header)?;
        }
        Some(nodes)
    }

    /// Puts an entry at the end of `path`, and one for each node that is split for it into the node above.
    fn hang(
        cells: &mut Cells,
        header: &mut Header,
        path: &Path<K, V, N>,
        nodes: &[u32; LEVELS + 1],
        mut entry: (K, u32),
    ) -> Result<(), Overrun> {
        let last = path.is_last(cells);
        for (height, (step, right)) in path.steps().iter().rev().zip(nodes).enumerate() {
            let rank = if height == 0 { step.rank } else { step.rank + 1 };
            if Nodes::<K, V, N>::len(cells, step.node) < MOST {
                return Nodes::<K, V, N>::put(cells, step.node, rank, &entry.0, entry.1);
            }
            // An inner node has two entries at least.
            let left = if last && rank == MOST { MOST - height.min(1) } else { MOST / 2 + 1 };
            let key = Self::split(cells, Step { node: step.node, rank }, left, *right, &entry)?;
            entry = (key, *right);
        }
        let root = nodes[path.steps().len()];
        Nodes::<K, V, N>::clear(cells, root)?;
        // Its first key is never looked at.
        if !path.steps().is_empty() {
            Nodes::<K, V, N>::put(cells, root, 0, &entry.0, header.root)?;
        }
        Nodes::<K, V, N>::put(cells, root, usize::from(!path.steps().is_empty()), &entry.0, entry.1)?;
        header.root = root;
        header.levels += 1;
        Ok(())
    }

    /// Puts `entry` at `place` of a full node, of which only the first `left` entries stay where they are: the others
    /// go to node `right`, which is free. Returns the first key of these.
    fn split(
        cells: &mut Cells,
        place: Step,
        left: usize,
        right: u32,
        entry: &(K, u32),
    ) -> Result<K, Overrun> {
        let Step { node, rank } = place;
        let stay = if rank < left { left - 1 } else { left };
        Nodes::<K, V, N>::clear(cells, right)?;
        Nodes::<K, V, N>::shift(cells, node, stay..MOST, right, 0)?;
        if rank < left {
            Nodes::<K, V, N>::put(cells, node, rank, &entry.0, entry.1)?;
        } else {
            Nodes::<K, V, N>::put(cells, right, rank - left, &entry.0, entry.1)?;
        }
        Ok(Nodes::<K, V, N>::entry(cells, right, 0).map_or(entry.0, |first| first.0))
    }

    /// Takes the row with `key` out; false where there is none.
    pub fn remove(cells: &mut Cells, key: &K) -> Result<bool, Overrun> {
        let mut header = Table::<K, V, N>::header(cells);
        let path = Path::<K, V, N>::to(cells, |there| there.cmp(key));
        let Some((Step { node, rank }, (there, row))) = path.leaf().zip(path.entry(cells)) else {
            return Ok(false);
        };
        if there != key {
            return Ok(false);
        }
        if header.len == 1 {
            Table::<K, V, N>::set_header(cells, zerocopy::FromZeros::new_zeroed())?;
            return Ok(true);
        }
        Table::<K, V, N>::give_row(cells, &mut header, row)?;
        Nodes::<K, V, N>::cut(cells, node, rank)?;
        Self::mend(cells, &mut header, &path)?;
        Table::<K, V, N>::set_header(cells, header)?;
        Ok(true)
    }

    /// Fills or drops what has too few entries on `path`, from the leaf upwards.
    fn mend(cells: &mut Cells, header: &mut Header, path: &Path<K, V, N>) -> Result<(), Overrun> {
        for steps in path.steps().windows(2).rev() {
            let &[above, Step { node, .. }] = steps else { return Ok(()) };
            if Nodes::<K, V, N>::len(cells, node) >= LEAST {
                return Ok(());
            }
            // With the neighbour before it; the first one with the one behind it.
            let rank = above.rank.max(1);
            let link = |rank| Nodes::<K, V, N>::entry(cells, above.node, rank).map(|entry| entry.1);
            let Some((left, right)) = link(rank - 1).zip(link(rank)) else { return Ok(()) };
            if !Self::join(cells, left, right)? {
                return match Nodes::<K, V, N>::entry(cells, right, 0) {
                    Some((first, _)) => Nodes::<K, V, N>::rename(cells, above.node, rank, &first),
                    None => Ok(()),
                };
            }
            Nodes::<K, V, N>::give(cells, header, right)?;
            Nodes::<K, V, N>::cut(cells, above.node, rank)?;
        }
        if header.levels > 1
            && Nodes::<K, V, N>::len(cells, header.root) == 1
            && let Some((_, below)) = Nodes::<K, V, N>::entry(cells, header.root, 0)
        {
            Nodes::<K, V, N>::give(cells, header, header.root)?;
            header.root = below;
            header.levels -= 1;
        }
        Ok(())
    }

    /// Moves all entries of a node to the one before it, true, or, where they have no room, as many from one to the
    /// other that both have as many, false.
    fn join(cells: &mut Cells, left: u32, right: u32) -> Result<bool, Overrun> {
        let len = |node| Nodes::<K, V, N>::len(cells, node);
        let (before, behind) = (len(left), len(right));
        if before + behind <= MOST {
            Nodes::<K, V, N>::shift(cells, right, 0..behind, left, before)?;
            return Ok(true);
        }
        if before < behind {
            Nodes::<K, V, N>::shift(cells, right, 0..(behind - before) / 2, left, before)?;
        } else {
            Nodes::<K, V, N>::shift(cells, left, before - (before - behind) / 2..before, right, 0)?;
        }
        Ok(false)
    }
}
