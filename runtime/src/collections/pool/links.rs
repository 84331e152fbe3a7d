//! How a pool's places hang together: which one is taken next, and the chain of those that have one owner.
//!
//! No link is followed on trust: what it leads to must be what it is taken for, or it counts for nothing. A damaged
//! pool may so lose places until it is cleared, or not find what an owner has; it never gives a place out twice.

use super::image::{Head, Header, Image, Link, Meta};
use super::{Pool, Slot};
use crate::commit::Overrun;
use crate::state::Plain;

impl<T: Plain, const N: usize> Pool<T, N> {
    pub(super) fn header(&self) -> Header {
        let header: Header = self.cells.load(0);
        // Another can only be there while a damaged image is looked at.
        if header.is_possible(N) { header } else { <Header as zerocopy::FromZeros>::new_zeroed() }
    }

    pub(super) fn set_meta(&mut self, index: usize, meta: &Meta) -> Result<(), Overrun> {
        self.cells.set(Image::<T, N>::meta(index), meta)
    }

    /// What is at `index`, if something lies there.
    pub(super) fn live(&self, header: &Header, index: usize) -> Option<Meta> {
        if index >= header.fresh as usize {
            return None;
        }
        let meta: Meta = self.cells.load(Image::<T, N>::meta(index));
        (meta.live == 1 && meta.generation > header.cleared).then_some(meta)
    }

    /// What `link` leads to, if something lies there.
    fn linked(&self, header: &Header, link: Link) -> Option<(usize, Meta)> {
        let index = (link as usize).checked_sub(1)?;
        self.live(header, index).map(|meta| (index, meta))
    }

    /// A place to put something, and the header once it is taken.
    pub(super) fn vacant(&self, header: Header) -> Option<(usize, Header)> {
        if let Some(index) = (header.free as usize).checked_sub(1)
            && index < header.fresh as usize
            && self.live(&header, index).is_none()
        {
            let meta: Meta = self.cells.load(Image::<T, N>::meta(index));
            let free = if meta.next <= header.fresh { meta.next } else { 0 };
            return Some((index, Header { free, ..header }));
        }
        let index = header.fresh as usize;
        (index < N).then(|| (index, Header { free: 0, fresh: header.fresh + 1, ..header }))
    }

    /// The chain that holds what `owner` has.
    fn chain(owner: u64) -> usize {
        // Fibonacci hashing (Knuth, TAOCP 6.4); nobody asks for a chain of a pool without places.
        (owner.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % N.max(1)
    }

    /// The first in the chain of `owner`.
    fn chained(&self, header: &Header, owner: u64) -> Option<(usize, Meta)> {
        if owner == 0 || N == 0 {
            return None;
        }
        let head: Head = self.cells.load(Image::<T, N>::head(Self::chain(owner)));
        self.linked(header, head.first).filter(|(_, meta)| meta.generation == head.generation)
    }

    /// Puts the place at `index`, with `meta`, at the front of its owner's chain.
    pub(super) fn link(&mut self, header: &Header, index: usize, meta: &mut Meta) -> Result<(), Overrun> {
        if meta.owner == 0 {
            return Ok(());
        }
        let link = index as Link + 1;
        if let Some((second, behind)) = self.chained(header, meta.owner) {
            meta.next = second as Link + 1;
            self.set_meta(second, &Meta { prev: link, ..behind })?;
        }
        self.set_head(meta.owner, Head { generation: meta.generation, first: link, reserved: 0 })
    }

    fn set_head(&mut self, owner: u64, head: Head) -> Result<(), Overrun> {
        self.cells.set(Image::<T, N>::head(Self::chain(owner)), &head)
    }

    /// Takes the place at `index`, with `meta`, out of its owner's chain.
    pub(super) fn unlink(&mut self, header: &Header, index: usize, meta: &Meta) -> Result<(), Overrun> {
        if meta.owner == 0 {
            return Ok(());
        }
        let link = index as Link + 1;
        let behind = self.linked(header, meta.next).filter(|(_, behind)| behind.prev == link);
        let before = self.linked(header, meta.prev).filter(|(_, before)| before.next == link);
        let is_first = self.chained(header, meta.owner).is_some_and(|(first, _)| first == index);
        if let Some((behind, theirs)) = behind {
            self.set_meta(behind, &Meta { prev: meta.prev, ..theirs })?;
        }
        if is_first {
            let (first, generation) = match behind {
                Some((_, theirs)) => (meta.next, theirs.generation),
                None => (0, 0),
            };
            return self.set_head(meta.owner, Head { generation, first, reserved: 0 });
        }
        match before {
            Some((before, theirs)) => self.set_meta(before, &Meta { next: meta.next, ..theirs }),
            None => Ok(()),
        }
    }

    /// What `owner` has, youngest first.
    pub(super) fn owned(&self, owner: u64) -> Owned<'_, T, N> {
        let header = self.header();
        let next = self.chained(&header, owner).map_or(0, |(index, _)| index as Link + 1);
        Owned { pool: self, header, owner, next, left: header.used }
    }
}

/// A walk along the chain of an owner.
pub struct Owned<'a, T, const N: usize> {
    pool: &'a Pool<T, N>,
    header: Header,
    owner: u64,
    next: Link,
    /// There are no more than these, even if the chain has been damaged and goes round.
    left: u32,
}

impl<T: Plain, const N: usize> Iterator for Owned<'_, T, N> {
    type Item = (usize, Slot<T>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.left != 0 {
            self.left -= 1;
            let (index, meta) = self.pool.linked(&self.header, self.next)?;
            self.next = meta.next;
            if meta.owner == self.owner {
                return Some((index, Slot::new(index as u32, meta.epoch, meta.generation)));
            }
        }
        None
    }
}
