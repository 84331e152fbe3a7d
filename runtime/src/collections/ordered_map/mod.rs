//! [`OrderedMap`]: values found by their keys, in the order of the keys.

mod node;
mod path;
mod range;
mod table;
mod tree;

use super::cells::{Cells, handle};
use super::{CollectionError, InsertError};
use crate::state::{Field, Plain};
use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ops::RangeBounds;
use path::Path;
use table::Table;
use tree::Tree;

pub use range::Range;

/// Up to `N` values of a plain type, each under a plain key and in the order of keys; empty at first. What std's
/// `BTreeMap` does, but that nothing panics: a range that ends before it begins is empty.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Diary { due: OrderedMap<u64, u32, 3> }
///
/// let mut diary = Scratch::<Diary>::new();
/// diary.update(|s| {
///     for (time, job) in [(30, 3), (10, 1), (20, 2)] {
///         s.due.insert(time, job)?;
///     }
///     assert_eq!(s.due.insert(40, 4), Err(InsertError::Full((40, 4))));
///     assert_eq!(s.due.pop_first(), Some((10, 1)));
///     Ok::<_, CollectionError>(())
/// }).unwrap();
/// assert_eq!(diary.state().due.first_key_value(), Some((&20, &2)));
/// assert!(diary.state().due.range(..30).eq([(&20, &2)]));
/// ```
#[repr(C)]
pub struct OrderedMap<K, V, const N: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<(K, V)>,
    tail: Tail,
}

impl<K: Plain, V: Plain, const N: usize> OrderedMap<K, V, N> {
    /// Most keys there can be, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        Table::<K, V, N>::header(&self.cells).len as usize
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another key.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Drops all keys, at the price of one write. Their bytes stay until others take their place.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        if self.is_empty() {
            return Ok(());
        }
        Ok(Table::<K, V, N>::set_header(&mut self.cells, zerocopy::FromZeros::new_zeroed())?)
    }

    /// Keys and values by ascending key.
    pub fn iter(&self) -> Range<'_, K, V, N> {
        Range::all(&self.cells)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Plain + Ord, V: Plain, const N: usize> OrderedMap<K, V, N> {
    /// The value under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        Table::<K, V, N>::value(&self.cells, Tree::<K, V, N>::find(&self.cells, key)?)
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &K) -> bool {
        Tree::<K, V, N>::find(&self.cells, key).is_some()
    }

    /// The smallest key and its value.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        Path::<K, V, N>::first(&self.cells).pair(&self.cells)
    }

    /// The largest key and its value.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        Path::<K, V, N>::last(&self.cells).pair(&self.cells)
    }

    /// Keys inside `bounds` and their values, by ascending key.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> Range<'_, K, V, N> {
        Range::new(&self.cells, &bounds)
    }

    /// Puts `value` under `key` and returns the value that was there.
    ///
    /// # Errors
    /// [`InsertError`] with key and value when the map has no room for another key, or the record is full.
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, InsertError<(K, V)>> {
        let number = Tree::<K, V, N>::find(&self.cells, &key);
        let earlier = number.and_then(|number| Table::<K, V, N>::value(&self.cells, number)).copied();
        self.put(number, &key, &value).map_err(|refused| refused((key, value)))?;
        Ok(earlier)
    }

    /// Writes the value of row `number`, or adds a row. The error is still without what is handed back.
    #[expect(clippy::type_complexity, reason = "one of two constructors")]
    fn put(
        &mut self,
        number: Option<u32>,
        key: &K,
        value: &V,
    ) -> Result<(), fn((K, V)) -> InsertError<(K, V)>> {
        let done = match number {
            Some(number) => Table::<K, V, N>::set_value(&mut self.cells, number, value).map(|()| true),
            None => Tree::<K, V, N>::add(&mut self.cells, key, value),
        };
        match done {
            Ok(true) => Ok(()),
            Ok(false) => Err(InsertError::Full),
            Err(_) => Err(InsertError::OverBudget),
        }
    }

    /// Changes the value under `key` in place and returns what `change` does; `None` where there is no such key.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn update<R>(
        &mut self,
        key: &K,
        change: impl FnOnce(&mut V) -> R,
    ) -> Result<Option<R>, CollectionError> {
        let Some(number) = Tree::<K, V, N>::find(&self.cells, key) else { return Ok(None) };
        let Some(mut value) = Table::<K, V, N>::value(&self.cells, number).copied() else { return Ok(None) };
        let answer = change(&mut value);
        Table::<K, V, N>::set_value(&mut self.cells, number, &value)?;
        Ok(Some(answer))
    }

    /// Changes the value under `key` in place, `default` if there is none yet, and returns what `change` does.
    ///
    /// # Errors
    /// [`InsertError`] with key and `default` when the map has no room for another key, or the record is full;
    /// `change` may have been called then, but what it did is dropped.
    pub fn update_or_insert<R>(
        &mut self,
        key: K,
        default: V,
        change: impl FnOnce(&mut V) -> R,
    ) -> Result<R, InsertError<(K, V)>> {
        let number = Tree::<K, V, N>::find(&self.cells, &key);
        if number.is_none() && self.is_full() {
            return Err(InsertError::Full((key, default)));
        }
        let there = number.and_then(|number| Table::<K, V, N>::value(&self.cells, number));
        let mut value = there.copied().unwrap_or(default);
        let answer = change(&mut value);
        self.put(number, &key, &value).map_err(|refused| refused((key, default)))?;
        Ok(answer)
    }

    /// Takes the value under `key` out. `None` where there is no such key; also when the record is full, but then
    /// the update or transaction fails.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let value = *self.get(key)?;
        Tree::<K, V, N>::remove(&mut self.cells, key).ok().filter(|done| *done).map(|_| value)
    }

    /// Takes the smallest key and its value out. `None` where there is none; also when the record is full, but
    /// then the update or transaction fails.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let key = *self.first_key_value()?.0;
        self.remove(&key).map(|value| (key, value))
    }

    /// Takes the largest key and its value out. `None` where there is none; also when the record is full, but
    /// then the update or transaction fails.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let key = *self.last_key_value()?.0;
        self.remove(&key).map(|value| (key, value))
    }

    /// Keeps the keys for which `keep` is true, with what it has made of their values. Looks at all of them, in
    /// order; only what goes or changes is written.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) -> Result<(), CollectionError> {
        let mut next = Path::<K, V, N>::first(&self.cells);
        for _ in 0..self.len() {
            let entry = next.entry(&self.cells).map(|(key, row)| (*key, row));
            let Some((key, row)) = entry else { break };
            let Some(value) = Table::<K, V, N>::value(&self.cells, row) else { break };
            let mut kept = *value;
            if !keep(&key, &mut kept) {
                Tree::<K, V, N>::remove(&mut self.cells, &key)?;
                let beyond = |there: &K| if *there <= key { Ordering::Less } else { Ordering::Greater };
                next = Path::to(&self.cells, beyond);
                next.settle(&self.cells);
                continue;
            }
            if zerocopy::IntoBytes::as_bytes(value) != zerocopy::IntoBytes::as_bytes(&kept) {
                Table::<K, V, N>::set_value(&mut self.cells, row, &kept)?;
            }
            next.advance(&self.cells);
        }
        Ok(())
    }
}

impl<'a, K: Plain, V: Plain, const N: usize> IntoIterator for &'a OrderedMap<K, V, N> {
    type Item = (&'a K, &'a V);
    type IntoIter = Range<'a, K, V, N>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Plain + core::fmt::Debug, V: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug
    for OrderedMap<K, V, N>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

// SAFETY: every write is one whole cell of the image that holds a valid value of its type.
#[diagnostic::do_not_recommend]
unsafe impl<K: Plain, V: Plain, const N: usize> Field for OrderedMap<K, V, N> {
    type Image = table::Image<K, V, N>;
    type Cell = OrderedMap<K, V, N, [(); 0]>;
    const LARGEST: usize = {
        assert!(N < u32::MAX as usize, "an ordered map has fewer than 2^32 - 1 rows");
        Table::<K, V, N>::LARGEST
    };
    handle!(OrderedMap);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Table::<K, V, N>::takes(offset, bytes)
    }
    fn check_image(image: &[u8]) -> bool {
        Table::<K, V, N>::is_possible(image)
    }
}
