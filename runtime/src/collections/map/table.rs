//! How a map lies in the image, and how it finds a row.
//!
//! Rows are dense, the newest last; a row that goes is replaced by the last one. Rows whose keys share a bucket
//! are chained, newest first. A head is believed only if the row it names is there and belongs to its bucket:
//! so heads need not be reset, neither when a map is cleared nor before it is used, and the price of both does
//! not depend on its capacity.

use crate::collections::cells::{Cells, is_item};
use crate::commit::{Entry, Overrun};
use crate::state::Plain;
use crate::sys::random::random;
use core::hash::BuildHasher;
use core::marker::PhantomData;
use core::mem::offset_of;
use siphasher::sip::SipHasher13;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The image of a map.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Image<K, V, const N: usize> {
    /// Rows in use.
    len: u64,
    seed: [u64; 2],
    /// For each bucket its newest row; see [`Link::next`].
    heads: [u32; N],
    rows: [Row<K, V>; N],
}

#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
/// A row: three cells.
pub struct Row<K, V> {
    link: Link,
    key: K,
    value: V,
}

/// What a row keeps besides key and value.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Link {
    pub hash: u32,
    /// The next row of the same bucket, counted from 1; 0 where there is none.
    pub next: u32,
}

/// Where the number of a row stands.
#[derive(Clone, Copy)]
pub enum Before {
    Bucket(usize),
    Row(usize),
}

/// A row that was found, and where its number stands.
#[derive(Clone, Copy)]
pub struct Found {
    pub row: usize,
    pub before: Before,
}

/// The offsets of one kind of map, and what is done there.
pub struct Table<K, V, const N: usize>(PhantomData<(K, V)>);

impl<K: Plain, V: Plain, const N: usize> Table<K, V, N> {
    const SEED: usize = offset_of!(Image<K, V, N>, seed);
    const HEADS: usize = offset_of!(Image<K, V, N>, heads);
    const ROWS: usize = offset_of!(Image<K, V, N>, rows);
    const KEY: usize = offset_of!(Row<K, V>, key);
    const VALUE: usize = offset_of!(Row<K, V>, value);
    /// What a removal takes, or the first insertion: the larger of both.
    pub const LARGEST: usize = Entry::most(size_of::<K>())
        + Entry::most(size_of::<V>())
        + 2 * Entry::most(size_of::<Link>())
        + Entry::most(size_of::<u32>())
        + Entry::most(size_of::<[u64; 2]>())
        + Entry::most(size_of::<u64>());

    fn row(row: usize) -> usize {
        Self::ROWS + row * size_of::<Row<K, V>>()
    }

    /// Rows in use. More than there are can only be there while a damaged image is looked at.
    pub fn len(cells: &Cells) -> usize {
        cells.load::<u64>(0).min(N as u64) as usize
    }

    pub fn set_len(cells: &mut Cells, len: usize) -> Result<(), Overrun> {
        cells.set(0, &(len as u64))
    }

    pub fn key(cells: &Cells, row: usize) -> Option<&K> {
        cells.get(Self::row(row) + Self::KEY)
    }

    pub fn value(cells: &Cells, row: usize) -> Option<&V> {
        cells.get(Self::row(row) + Self::VALUE)
    }

    pub fn set_value(cells: &mut Cells, row: usize, value: &V) -> Result<(), Overrun> {
        cells.set(Self::row(row) + Self::VALUE, value)
    }

    fn link(cells: &Cells, row: usize) -> Link {
        cells.load(Self::row(row))
    }

    fn set_link(cells: &mut Cells, row: usize, link: Link) -> Result<(), Overrun> {
        cells.set(Self::row(row), &link)
    }

    /// The bucket of a hash: its share of the whole range (Lemire, fast alternative to the modulo).
    fn bucket(hash: u32) -> usize {
        ((u64::from(hash) * N as u64) >> 32) as usize
    }

    fn hash(cells: &Cells, key: &K) -> u32 {
        let [a, b] = cells.load(Self::SEED);
        SipHasher13::new_with_keys(a, b).hash(key.as_bytes()) as u32
    }

    fn next(cells: &Cells, before: Before) -> u32 {
        match before {
            Before::Bucket(bucket) => cells.load(Self::HEADS + bucket * size_of::<u32>()),
            Before::Row(row) => Self::link(cells, row).next,
        }
    }

    fn set_next(cells: &mut Cells, before: Before, next: u32) -> Result<(), Overrun> {
        match before {
            Before::Bucket(bucket) => cells.set(Self::HEADS + bucket * size_of::<u32>(), &next),
            Before::Row(row) => Self::set_link(cells, row, Link { next, ..Self::link(cells, row) }),
        }
    }

    /// The first row of the bucket of `hash` that is `wanted`. Looks at each row once at most, whatever the links
    /// say.
    fn search(cells: &Cells, hash: u32, wanted: impl Fn(usize, Link) -> bool) -> Option<Found> {
        let (len, bucket) = (Self::len(cells), Self::bucket(hash));
        let mut before = Before::Bucket(bucket);
        for _ in 0..len {
            let row = (Self::next(cells, before) as usize).checked_sub(1).filter(|row| *row < len)?;
            let link = Self::link(cells, row);
            if Self::bucket(link.hash) != bucket {
                return None;
            }
            if wanted(row, link) {
                return Some(Found { row, before });
            }
            before = Before::Row(row);
        }
        None
    }

    /// The row with this key. Keys are the same when their bytes are.
    pub fn find(cells: &Cells, key: &K) -> Option<Found> {
        let hash = Self::hash(cells, key);
        Self::search(cells, hash, |row, link| {
            link.hash == hash && Self::key(cells, row).is_some_and(|there| there.as_bytes() == key.as_bytes())
        })
    }

    /// Adds a row with a key that is not there yet; there must be room.
    pub fn add(cells: &mut Cells, key: &K, value: &V) -> Result<(), Overrun> {
        if cells.load::<[u64; 2]>(Self::SEED) == [0; 2] {
            cells.set(Self::SEED, &fresh_seed())?;
        }
        let row = Self::len(cells);
        let hash = Self::hash(cells, key);
        let newest = Self::search(cells, hash, |_, _| true).map_or(0, |found| found.row as u32 + 1);
        cells.set(Self::row(row) + Self::KEY, key)?;
        Self::set_value(cells, row, value)?;
        Self::set_link(cells, row, Link { hash, next: newest })?;
        Self::set_next(cells, Before::Bucket(Self::bucket(hash)), row as u32 + 1)?;
        Self::set_len(cells, row + 1)
    }

    /// Takes a row out and puts the last one in its place.
    pub fn remove(cells: &mut Cells, found: Found) -> Result<(), Overrun> {
        let Some(last) = Self::len(cells).checked_sub(1) else { return Ok(()) };
        let next = Self::link(cells, found.row).next;
        Self::set_next(cells, found.before, next)?;
        if found.row != last {
            let link = Self::link(cells, last);
            let moved = Self::search(cells, link.hash, |row, _| row == last);
            if let (Some(key), Some(value)) =
                (Self::key(cells, last).copied(), Self::value(cells, last).copied())
            {
                cells.set(Self::row(found.row) + Self::KEY, &key)?;
                Self::set_value(cells, found.row, &value)?;
            }
            Self::set_link(cells, found.row, link)?;
            // A row that no chain leads to can only be there in a damaged map.
            if let Some(moved) = moved {
                Self::set_next(cells, moved.before, found.row as u32 + 1)?;
            }
        }
        Self::set_len(cells, last)
    }

    /// The row as something that can be removed, if a chain leads to it.
    pub fn found(cells: &Cells, row: usize) -> Option<Found> {
        Self::search(cells, Self::link(cells, row).hash, |there, _| there == row)
    }

    /// Whether `bytes` at `offset` are a whole cell that may stand there.
    pub fn takes(offset: usize, bytes: &[u8]) -> bool {
        let possible = |row: u32| row as usize <= N;
        if offset == 0 {
            return Self::is_possible(bytes) && bytes.len() == size_of::<u64>();
        }
        if offset == Self::SEED {
            return bytes.len() == size_of::<[u64; 2]>();
        }
        if is_item::<u32>(offset, bytes, Self::HEADS, N) {
            return u32::try_read_from_bytes(bytes).is_ok_and(possible);
        }
        let Some(at) = offset.checked_sub(Self::ROWS) else { return false };
        if at / size_of::<Row<K, V>>() >= N {
            return false;
        }
        let at = at % size_of::<Row<K, V>>();
        at == 0 && Link::try_read_from_bytes(bytes).is_ok_and(|link| possible(link.next))
            || is_item::<K>(at, bytes, Self::KEY, 1)
            || is_item::<V>(at, bytes, Self::VALUE, 1)
    }

    /// Whether the number of rows at the start of `image` can be right. Rows are checked when they are read.
    pub fn is_possible(image: &[u8]) -> bool {
        u64::try_read_from_prefix(image).is_ok_and(|(len, _)| len <= N as u64)
    }
}

/// What nobody outside can know, so that nobody can choose keys that share a bucket. All-zero stands for none.
fn fresh_seed() -> [u64; 2] {
    // std's keys are those of the thread that forked, and would come again in each transaction.
    let random = random::<16>().map(|bytes| zerocopy::transmute!(bytes));
    let [first, second]: [u64; 2] = random.unwrap_or_else(|_| {
        let keys = std::hash::RandomState::new();
        [keys.hash_one(0_u8), keys.hash_one(1_u8)]
    });
    [first | 1, second]
}
