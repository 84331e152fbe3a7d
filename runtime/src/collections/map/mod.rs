//! [`Map`]: values found by their keys, in no order.

mod iter;
mod table;

use super::cells::{Cells, handle};
use super::{CollectionError, InsertError};
use crate::state::{Field, Plain};
use core::marker::PhantomData;
use table::Table;

pub use iter::Pairs;

/// Up to `N` values of a plain type, each under a plain key; empty at first. What std's `HashMap` does; with
/// `()` as values what its `HashSet` does.
///
/// Keys are compared and hashed by their bytes: of floats, 0.0 and -0.0 are two keys, and NaN equals itself. The
/// hash is SipHash-1-3 under a random key that the map draws at its first insertion and keeps in its state: the
/// same in every process, and unknown to whoever chooses keys.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Shop { stock: Map<Text<8>, u32, 2> }
///
/// let apple: Text<8> = Text::new("apple").unwrap();
/// let mut shop = Scratch::<Shop>::new();
/// shop.update(|s| {
///     assert_eq!(s.stock.insert(apple, 3)?, None);
///     s.stock.update(&apple, |count| *count += 1)?;
///     s.stock.update_or_insert(Text::truncated("pear"), 0, |count| *count += 5)?;
///     let plum = (Text::truncated("plum"), 1);
///     assert_eq!(s.stock.insert(plum.0, plum.1), Err(InsertError::Full(plum)));
///     Ok::<_, CollectionError>(())
/// }).unwrap();
/// assert_eq!(shop.state().stock.get(&apple), Some(&4));
/// assert_eq!(shop.state().stock.values().sum::<u32>(), 9);
/// ```
#[repr(C)]
pub struct Map<K, V, const N: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<(K, V)>,
    tail: Tail,
}

impl<K: Plain, V: Plain, const N: usize> Map<K, V, N> {
    /// Most keys there can be, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        Table::<K, V, N>::len(&self.cells)
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another key.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// The value under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        let found = Table::<K, V, N>::find(&self.cells, key)?;
        Table::<K, V, N>::value(&self.cells, found.row)
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &K) -> bool {
        Table::<K, V, N>::find(&self.cells, key).is_some()
    }

    /// Puts `value` under `key` and returns the value that was there.
    ///
    /// # Errors
    /// [`InsertError`] with key and value when the map has no room for another key, or the record is full.
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, InsertError<(K, V)>> {
        let Some(found) = Table::<K, V, N>::find(&self.cells, &key) else {
            return self.add(key, value).map(|()| None);
        };
        let earlier = Table::<K, V, N>::value(&self.cells, found.row).copied();
        let done = Table::<K, V, N>::set_value(&mut self.cells, found.row, &value);
        done.map(|()| earlier).map_err(|_| InsertError::OverBudget((key, value)))
    }

    fn add(&mut self, key: K, value: V) -> Result<(), InsertError<(K, V)>> {
        if self.is_full() {
            return Err(InsertError::Full((key, value)));
        }
        let done = Table::<K, V, N>::add(&mut self.cells, &key, &value);
        done.map_err(|_| InsertError::OverBudget((key, value)))
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
        let Some(found) = Table::<K, V, N>::find(&self.cells, key) else { return Ok(None) };
        let Some(mut value) = Table::<K, V, N>::value(&self.cells, found.row).copied() else {
            return Ok(None);
        };
        let answer = change(&mut value);
        Table::<K, V, N>::set_value(&mut self.cells, found.row, &value)?;
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
        let found = Table::<K, V, N>::find(&self.cells, &key);
        if found.is_none() && self.is_full() {
            return Err(InsertError::Full((key, default)));
        }
        let there = found.and_then(|found| Table::<K, V, N>::value(&self.cells, found.row));
        let mut value = there.copied().unwrap_or(default);
        let answer = change(&mut value);
        let done = match found {
            Some(found) => Table::<K, V, N>::set_value(&mut self.cells, found.row, &value),
            None => Table::<K, V, N>::add(&mut self.cells, &key, &value),
        };
        done.map(|()| answer).map_err(|_| InsertError::OverBudget((key, default)))
    }

    /// Takes the value under `key` out. `None` where there is no such key; also when the record is full, but then
    /// the update or transaction fails.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let found = Table::<K, V, N>::find(&self.cells, key)?;
        let value = Table::<K, V, N>::value(&self.cells, found.row).copied();
        Table::<K, V, N>::remove(&mut self.cells, found).ok()?;
        value
    }

    /// Keeps the keys for which `keep` is true, with what it has made of their values. Looks at all of them; only
    /// what goes or changes is written.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) -> Result<(), CollectionError> {
        // Backwards: what takes a row's place has been looked at already.
        for row in (0..self.len()).rev() {
            let cells = &self.cells;
            let pair = (Table::<K, V, N>::key(cells, row), Table::<K, V, N>::value(cells, row).copied());
            let (Some(key), Some(mut value)) = pair else { continue };
            if keep(key, &mut value) {
                let there = Table::<K, V, N>::value(cells, row).map(zerocopy::IntoBytes::as_bytes);
                if there != Some(zerocopy::IntoBytes::as_bytes(&value)) {
                    Table::<K, V, N>::set_value(&mut self.cells, row, &value)?;
                }
            } else if let Some(found) = Table::<K, V, N>::found(cells, row) {
                Table::<K, V, N>::remove(&mut self.cells, found)?;
            }
        }
        Ok(())
    }

    /// Drops all keys, at the price of one write. Their bytes stay until others take their place.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        if self.is_empty() { Ok(()) } else { Ok(Table::<K, V, N>::set_len(&mut self.cells, 0)?) }
    }

    /// Keys and values, in an order that says nothing.
    pub fn iter(&self) -> Pairs<'_, K, V, N> {
        Pairs::new(&self.cells)
    }

    /// The keys, in the order of [`iter`](Self::iter).
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of [`iter`](Self::iter).
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<'a, K: Plain, V: Plain, const N: usize> IntoIterator for &'a Map<K, V, N> {
    type Item = (&'a K, &'a V);
    type IntoIter = Pairs<'a, K, V, N>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Plain + core::fmt::Debug, V: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug
    for Map<K, V, N>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

// SAFETY: every write is one whole cell of the image that holds a valid value of its type.
#[diagnostic::do_not_recommend]
unsafe impl<K: Plain, V: Plain, const N: usize> Field for Map<K, V, N> {
    type Image = table::Image<K, V, N>;
    type Cell = Map<K, V, N, [(); 0]>;
    const LARGEST: usize = {
        assert!(N < u32::MAX as usize, "a map has fewer than 2^32 - 1 rows");
        Table::<K, V, N>::LARGEST
    };
    handle!(Map);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Table::<K, V, N>::takes(offset, bytes)
    }
    fn check_image(image: &[u8]) -> bool {
        Table::<K, V, N>::is_possible(image)
    }
}
