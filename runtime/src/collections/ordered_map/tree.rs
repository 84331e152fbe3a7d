//! The tree of an ordered map: an AVL tree (Adelson-Velsky and Landis, 1962) without recursion or parent links.
//!
//! A way down is kept in an array of the greatest height there can be. So nothing goes on for ever, whatever the
//! links of a damaged map say: what leads deeper counts as not there.

use super::table::{HEIGHT, Header, Node, Table};
use crate::collections::cells::Cells;
use crate::commit::Overrun;
use crate::state::Plain;
use core::cmp::Ordering;
use core::marker::PhantomData;

/// The subtree with smaller keys.
pub const LEFT: usize = 0;
/// The subtree with larger keys.
pub const RIGHT: usize = 1;

/// Rows on the way from the root, each with the side on which the way goes on.
pub struct Path {
    steps: [(u32, usize); HEIGHT],
    len: usize,
}

impl Path {
    const EMPTY: Self = Self { steps: [(0, LEFT); HEIGHT], len: 0 };

    fn push(&mut self, number: u32, side: usize) -> Option<()> {
        *self.steps.get_mut(self.len)? = (number, side);
        self.len += 1;
        Some(())
    }
}

/// The tree over one kind of table.
pub struct Tree<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain + Ord, V: Plain, const N: usize> Tree<K, V, N> {
    fn node(cells: &Cells, number: u32) -> Option<Node> {
        Table::<K, V, N>::node(cells, number)
    }

    /// The row with `key`.
    pub fn find(cells: &Cells, key: &K) -> Option<u32> {
        let mut number = Table::<K, V, N>::header(cells).root;
        for _ in 0..HEIGHT {
            let side = match key.cmp(Table::<K, V, N>::key(cells, number)?) {
                Ordering::Equal => return Some(number),
                Ordering::Less => LEFT,
                Ordering::Greater => RIGHT,
            };
            number = Self::node(cells, number)?.links[side];
        }
        None
    }

    /// The first row, seen from `side`, whose key is `inside`: one of those for which no key nearer to the other
    /// side is outside.
    pub fn seek(cells: &Cells, side: usize, inside: impl Fn(&K) -> bool) -> Option<u32> {
        let (mut number, mut best) = (Table::<K, V, N>::header(cells).root, None);
        for _ in 0..HEIGHT {
            let Some(key) = Table::<K, V, N>::key(cells, number) else { break };
            let inside = inside(key);
            if inside {
                best = Some(number);
            }
            number = Self::node(cells, number)?.links[if inside { side } else { 1 - side }];
        }
        best
    }

    /// The way to `key`, and the row that has it if there is one.
    fn way(cells: &Cells, key: &K) -> Option<(Path, u32)> {
        let mut path = Path::EMPTY;
        let mut number = Table::<K, V, N>::header(cells).root;
        while let Some(there) = Table::<K, V, N>::key(cells, number) {
            let side = match key.cmp(there) {
                Ordering::Equal => break,
                Ordering::Less => LEFT,
                Ordering::Greater => RIGHT,
            };
            path.push(number, side)?;
            number = Self::node(cells, number)?.links[side];
        }
        Some((path, number))
    }

    /// Adds a row with a key that is not there yet; false where there is no room.
    pub fn add(cells: &mut Cells, key: &K, value: &V) -> Result<bool, Overrun> {
        let mut header = Table::<K, V, N>::header(cells);
        let Some((path, 0)) = Self::way(cells, key) else { return Ok(false) };
        let Some(number) = Table::<K, V, N>::take(cells, &mut header) else { return Ok(false) };
        Table::<K, V, N>::set_key(cells, number, key)?;
        Table::<K, V, N>::set_value(cells, number, value)?;
        Table::<K, V, N>::set_node(cells, number, Node { links: [0; 2], height: 1 })?;
        header.len = (header.len + 1).min(header.used);
        Self::climb(cells, &mut header, &path, number)?;
        Table::<K, V, N>::set_header(cells, header)?;
        Ok(true)
    }

    /// Takes the row with `key` out; false where there is none.
    pub fn remove(cells: &mut Cells, key: &K) -> Result<bool, Overrun> {
        let mut header = Table::<K, V, N>::header(cells);
        let Some((mut path, number)) = Self::way(cells, key) else { return Ok(false) };
        let Some(node) = Self::node(cells, number) else { return Ok(false) };
        let below = match node.links {
            [left, 0] => left,
            [0, right] => right,
            _ => {
                let Some(successor) = Self::way_to_successor(cells, &mut path, number, node) else {
                    return Ok(false);
                };
                Self::replace(cells, &mut header, &mut path, number, node, successor)?
            }
        };
        Self::climb(cells, &mut header, &path, below)?;
        Table::<K, V, N>::give(cells, &mut header, number)?;
        Table::<K, V, N>::set_header(cells, header)?;
        Ok(true)
    }

    /// Goes on from row `number`, which has both subtrees, to the row with the next larger key.
    fn way_to_successor(cells: &Cells, path: &mut Path, number: u32, node: Node) -> Option<u32> {
        path.push(number, RIGHT)?;
        let mut next = node.links[RIGHT];
        loop {
            let left = Self::node(cells, next)?.links[LEFT];
            if left == 0 {
                return Some(next);
            }
            path.push(next, LEFT)?;
            next = left;
        }
    }

    /// Puts the row `successor`, where `path` ends, into the place of row `number`, as if it had always been
    /// there; returns what belongs where it was.
    fn replace(
        cells: &mut Cells,
        header: &mut Header,
        path: &mut Path,
        number: u32,
        node: Node,
        successor: u32,
    ) -> Result<u32, Overrun> {
        let below = Self::node(cells, successor).map_or(0, |node| node.links[RIGHT]);
        Table::<K, V, N>::set_node(cells, successor, node)?;
        let mut above = None;
        for step in &mut path.steps[..path.len] {
            if step.0 == number {
                step.0 = successor;
                break;
            }
            above = Some(*step);
        }
        match above {
            None => header.root = successor,
            Some((parent, side)) => {
                if let Some(mut node) = Self::node(cells, parent) {
                    node.links[side] = successor;
                    Table::<K, V, N>::set_node(cells, parent, node)?;
                }
            }
        }
        Ok(below)
    }

    /// Hangs `below` onto the end of `path` and restores the balance upwards, as far as anything changes.
    fn climb(cells: &mut Cells, header: &mut Header, path: &Path, mut below: u32) -> Result<(), Overrun> {
        for (number, side) in path.steps[..path.len].iter().rev().copied() {
            let Some(before) = Self::node(cells, number) else { return Ok(()) };
            let mut links = before.links;
            links[side] = below;
            let top = Self::balance(cells, number, links)?;
            if top == number && Self::node(cells, number) == Some(before) {
                return Ok(());
            }
            below = top;
        }
        header.root = below;
        Ok(())
    }

    fn height(cells: &Cells, number: u32) -> u32 {
        Self::node(cells, number).map_or(0, |node| node.height)
    }

    fn put(cells: &mut Cells, number: u32, links: [u32; 2]) -> Result<(), Overrun> {
        let height = links.map(|link| Self::height(cells, link)).into_iter().max().unwrap_or(0) + 1;
        // Higher is none but a damaged one.
        Table::<K, V, N>::set_node(cells, number, Node { links, height: height.min(HEIGHT as u32) })
    }

    /// Gives row `number` these subtrees, one of which may be higher than the other by two, and turns it where
    /// that is so. Returns the row that stands in its place.
    fn balance(cells: &mut Cells, number: u32, links: [u32; 2]) -> Result<u32, Overrun> {
        let [left, right] = links.map(|link| Self::height(cells, link));
        if left.abs_diff(right) < 2 {
            Self::put(cells, number, links)?;
            return Ok(number);
        }
        let (side, other) = if left > right { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
        let (child, mut links) = (links[side], links);
        let Some(mut upper) = Self::node(cells, child) else { return Ok(number) };
        let inner = upper.links[other];
        if Self::height(cells, upper.links[side]) < Self::height(cells, inner)
            && let Some(mut top) = Self::node(cells, inner)
        {
            upper.links[other] = top.links[side];
            links[side] = top.links[other];
            (top.links[side], top.links[other]) = (child, number);
            Self::put(cells, child, upper.links)?;
            Self::put(cells, number, links)?;
            Self::put(cells, inner, top.links)?;
            return Ok(inner);
        }
        links[side] = inner;
        upper.links[other] = number;
        Self::put(cells, number, links)?;
        Self::put(cells, child, upper.links)?;
        Ok(child)
    }
}
