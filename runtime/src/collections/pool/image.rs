//! What a pool's image consists of, and which bytes may be written where.
//!
//! A place is *live* if it was ever taken since the pool was last cleared, says so, and its generation is younger
//! than that clearing. So clearing is one write to the header, and what the cells say from before counts for
//! nothing: each is looked at together with a generation, and no generation comes twice.

use super::super::cells::is_item;
use crate::commit::Entry;
use crate::state::Plain;
use core::mem::offset_of;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A place's number plus one; 0 for none.
pub type Link = u32;

/// What concerns all places.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// Live places.
    pub used: u32,
    /// The place that became free last; others follow by [`Meta::next`].
    pub free: Link,
    /// Places from this one on were never taken since the pool was cleared.
    pub fresh: u32,
    /// Zero.
    pub reserved: u32,
    /// The newest generation: counts insertions.
    pub issued: u64,
    /// The newest generation when the pool was last cleared.
    pub cleared: u64,
}

impl Header {
    pub fn is_possible(&self, capacity: usize) -> bool {
        self.fresh as usize <= capacity
            && self.used <= self.fresh
            && self.free <= self.fresh
            && self.cleared <= self.issued
            // So that counting on cannot overflow.
            && self.issued < u64::MAX / 2
    }
}

/// What concerns one place.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Meta {
    /// The generation of what lies there, or lay there last.
    pub generation: u64,
    /// Whose it is; 0 for nobody's.
    pub owner: u64,
    /// The epoch it was inserted in.
    pub epoch: u32,
    /// Live: the next in the owner's chain. Free: the next that is free.
    pub next: Link,
    /// Live: the one before in the owner's chain.
    pub prev: Link,
    /// 1 while something lies there.
    pub live: u32,
}

/// Where a chain begins: those whose owners have the same hash. Younger ones come first.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Head {
    /// The generation of what it leads to: another there means that the chain is empty.
    pub generation: u64,
    pub first: Link,
    /// Zero.
    pub reserved: u32,
}

/// The image of a pool.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Image<T, const N: usize> {
    header: Header,
    heads: [Head; N],
    metas: [Meta; N],
    items: [T; N],
}

impl<T: Plain, const N: usize> Image<T, N> {
    const HEADS: usize = offset_of!(Self, heads);
    const METAS: usize = offset_of!(Self, metas);
    const ITEMS: usize = offset_of!(Self, items);

    /// Record that one insertion or removal takes at most: the header, the item, its chain and two neighbours.
    pub const LARGEST: usize = {
        assert!(N < u32::MAX as usize, "a pool has less than 2^32 - 1 places");
        Entry::most(size_of::<Header>())
            + Entry::most(size_of::<T>())
            + Entry::most(size_of::<Head>())
            + 3 * Entry::most(size_of::<Meta>())
    };

    pub fn head(chain: usize) -> usize {
        Self::HEADS + chain * size_of::<Head>()
    }

    pub fn meta(index: usize) -> usize {
        Self::METAS + index * size_of::<Meta>()
    }

    pub fn item(index: usize) -> usize {
        Self::ITEMS + index * size_of::<T>()
    }

    pub fn check_write(offset: usize, bytes: &[u8]) -> bool {
        if offset == 0 {
            return Header::try_read_from_bytes(bytes).is_ok_and(|header| header.is_possible(N));
        }
        let leads_inside = |link: Link| link as usize <= N;
        if is_item::<Head>(offset, bytes, Self::HEADS, N) {
            return Head::try_read_from_bytes(bytes).is_ok_and(|head| leads_inside(head.first));
        }
        if is_item::<Meta>(offset, bytes, Self::METAS, N) {
            return Meta::try_read_from_bytes(bytes)
                .is_ok_and(|meta| leads_inside(meta.next) && leads_inside(meta.prev) && meta.live <= 1);
        }
        is_item::<T>(offset, bytes, Self::ITEMS, N)
    }

    pub fn check_image(image: &[u8]) -> bool {
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| header.is_possible(N))
    }
}
