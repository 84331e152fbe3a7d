//! A way through the tree of an ordered map, from the root to an entry of a leaf.
//!
//! It is kept in an array with a place for each level there can be. So nothing goes on for ever, whatever the links of
//! a damaged map say: what leads deeper counts as not there.

use super::node::{Node, Nodes};
use super::table::{LEVELS, Table};
use crate::collections::cells::Cells;
use crate::state::Plain;
use core::cmp::Ordering;
use core::marker::PhantomData;

/// A node, and the entry of it on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub node: u32,
    pub rank: usize,
}

/// Steps from the root to a leaf; none in an empty map, nor beyond either end.
pub struct Path<K, V, const N: usize> {
    steps: [Step; LEVELS],
    len: usize,
    of: PhantomData<(K, V)>,
}

impl<K, V, const N: usize> Clone for Path<K, V, N> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: Plain, V: Plain, const N: usize> Path<K, V, N> {
    const NOWHERE: Self = Self { steps: [Step { node: 0, rank: 0 }; LEVELS], len: 0, of: PhantomData };

    /// The way to the first key that is not less, as `compare` says; it may end behind the last entry of a leaf.
    #[inline]
    pub fn to(cells: &Cells, compare: impl Fn(&K) -> Ordering) -> Self {
        let header = Table::<K, V, N>::header(cells);
        let levels = (header.levels as usize).min(LEVELS);
        let (mut this, mut number) = (Self::NOWHERE, header.root);
        for level in 1..=levels {
            let Some(node) = Node::<K, V, N>::get(cells, number) else { return Self::NOWHERE };
            let rank = if level == levels {
                node.rank(0, |key| compare(key) == Ordering::Less)
            } else {
                node.rank(1, |key| compare(key) != Ordering::Greater) - 1
            };
            this.push(Step { node: number, rank });
            if level < levels {
                let Some(below) = node.link(rank) else { return Self::NOWHERE };
                number = below;
            }
        }
        this
    }

    /// The way to the first entry.
    pub fn first(cells: &Cells) -> Self {
        let mut this = Self::to(cells, |_| Ordering::Greater);
        this.settle(cells);
        this
    }

    /// The way to the last entry.
    pub fn last(cells: &Cells) -> Self {
        let mut this = Self::to(cells, |_| Ordering::Less);
        this.retreat(cells);
        this
    }

    fn push(&mut self, step: Step) {
        if let Some(place) = self.steps.get_mut(self.len) {
            *place = step;
            self.len += 1;
        }
    }

    /// The steps, from the root on.
    pub fn steps(&self) -> &[Step] {
        &self.steps[..self.len]
    }

    /// The last step.
    pub fn leaf(&self) -> Option<Step> {
        self.steps().last().copied()
    }

    /// Key and row of the entry to which it leads.
    pub fn entry<'a>(&self, cells: &'a Cells) -> Option<(&'a K, u32)> {
        let Step { node, rank } = self.leaf()?;
        let node = Node::<K, V, N>::get(cells, node)?;
        Some((node.key(rank)?, node.link(rank)?))
    }

    /// Key and value of the entry to which it leads.
    pub fn pair<'a>(&self, cells: &'a Cells) -> Option<(&'a K, &'a V)> {
        let (key, row) = self.entry(cells)?;
        Some((key, Table::<K, V, N>::value(cells, row)?))
    }

    /// Whether it leads through the last entry of each inner node.
    pub fn is_last(&self, cells: &Cells) -> bool {
        let inner = self.steps().split_last().map_or(&[][..], |(_, inner)| inner);
        inner.iter().all(|step| Nodes::<K, V, N>::len(cells, step.node) == step.rank + 1)
    }

    /// Goes on to the next leaf if it ends behind the last entry of one.
    pub fn settle(&mut self, cells: &Cells) {
        let is_beyond = |step: Step| step.rank >= Nodes::<K, V, N>::len(cells, step.node);
        if self.leaf().is_some_and(is_beyond) {
            self.turn(cells, true);
        }
    }

    /// Goes to the next entry.
    pub fn advance(&mut self, cells: &Cells) {
        if let Some(last) = self.len.checked_sub(1) {
            self.steps[last].rank += 1;
            self.settle(cells);
        }
    }

    /// Goes to the entry before.
    pub fn retreat(&mut self, cells: &Cells) {
        match self.leaf() {
            Some(Step { rank: 1.., .. }) => self.steps[self.len - 1].rank -= 1,
            Some(_) => self.turn(cells, false),
            None => {}
        }
    }

    /// Goes to the next leaf or to the one before; nowhere if there is none.
    fn turn(&mut self, cells: &Cells, forward: bool) {
        let levels = self.len;
        let neighbour = |step: &Step| {
            let node = Node::<K, V, N>::get(cells, step.node)?;
            let rank = if forward { step.rank + 1 } else { step.rank.checked_sub(1)? };
            Some((rank, node.link(rank)?))
        };
        for level in (0..levels.saturating_sub(1)).rev() {
            let Some((rank, below)) = neighbour(&self.steps[level]) else { continue };
            self.steps[level].rank = rank;
            self.len = level + 1;
            if self.descend(cells, below, levels, forward).is_none() {
                break;
            }
            return;
        }
        self.len = 0;
    }

    /// Goes down from node `number` to the nearest entry; `None` where there is none.
    fn descend(&mut self, cells: &Cells, mut number: u32, levels: usize, forward: bool) -> Option<()> {
        loop {
            let node = Node::<K, V, N>::get(cells, number)?;
            let last = node.len().checked_sub(1)?;
            let rank = if forward { 0 } else { last };
            self.push(Step { node: number, rank });
            if self.len >= levels {
                return Some(());
            }
            number = node.link(rank)?;
        }
    }
}
