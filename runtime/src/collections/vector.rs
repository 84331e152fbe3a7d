//! [`Vector`]: up to a fixed number of plain elements, one after the other.

use super::cells::{Cells, Headed, handle};
use super::{CollectionError, Index, InsertError, Iter};
use crate::state::{Field, Plain};
use core::marker::PhantomData;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Up to `N` elements of a plain type; empty at first. What std's `Vec` does without moving other elements:
/// to take one out of the middle there is [`swap_remove`](Vector::swap_remove).
///
/// ```
/// use perennial::prelude::*;
/// use perennial::collections::{InsertError, Vector};
/// #[daemon(mem = "1MiB")]
/// struct Plan { jobs: Vector<u32, 3> }
///
/// let mut plan = Scratch::<Plan>::new();
/// plan.update(|s| {
///     s.jobs.extend_from_slice(&[10, 20, 30])?;
///     assert_eq!(s.jobs.push(40), Err(InsertError::Full(40)));
///     assert_eq!(s.jobs.swap_remove(0_u8), Some(10));
///     s.jobs.update(1, |job| *job += 1)
/// }).unwrap();
/// assert!(plan.state().jobs.iter().eq(&[30, 21]));
/// ```
#[repr(C)]
pub struct Vector<T, const N: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<T>,
    tail: Tail,
}

/// What a vector keeps besides its elements.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct Header {
    len: u64,
}

impl Header {
    fn is_possible(self, capacity: usize) -> bool {
        self.len <= capacity as u64
    }
}

type Image<T, const N: usize> = Headed<Header, T, N>;

impl<T: Plain, const N: usize> Vector<T, N> {
    /// Most elements there can be, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        // More can only be there while a damaged image is looked at.
        (self.cells.load::<Header>(0).len).min(N as u64) as usize
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another element.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    fn set_len(&mut self, len: usize) -> Result<(), CollectionError> {
        Ok(self.cells.set(0, &Header { len: len as u64 })?)
    }

    fn at(index: usize) -> usize {
        Image::<T, N>::ITEMS + index * size_of::<T>()
    }

    /// The element at `index`; `None` where there is none.
    pub fn get(&self, index: impl Index) -> Option<&T> {
        let index = index.index();
        if index < self.len() { self.cells.get(Self::at(index)) } else { None }
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.get(0_usize)
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    /// [`CollectionError`] when there is no such element or the record is full.
    pub fn set(&mut self, index: impl Index, value: T) -> Result<(), CollectionError> {
        let (index, len) = (index.index(), self.len());
        if index >= len {
            return Err(CollectionError::OutOfRange { index, len });
        }
        Ok(self.cells.set(Self::at(index), &value)?)
    }

    /// Changes the element at `index` in place.
    ///
    /// # Errors
    /// [`CollectionError`] when there is no such element or the record is full.
    pub fn update(&mut self, index: impl Index, change: impl FnOnce(&mut T)) -> Result<(), CollectionError> {
        let index = index.index();
        let mut value = *self.get(index).ok_or(CollectionError::OutOfRange { index, len: self.len() })?;
        change(&mut value);
        self.set(index, value)
    }

    /// Appends an element.
    ///
    /// # Errors
    /// [`InsertError`] with the element when the vector or the record is full.
    pub fn push(&mut self, value: T) -> Result<(), InsertError<T>> {
        let len = self.len();
        if len == N {
            return Err(InsertError::Full(value));
        }
        let done = self.cells.set(Self::at(len), &value).map_err(Into::into);
        done.and_then(|()| self.set_len(len + 1)).map_err(|_| InsertError::OverBudget(value))
    }

    /// Appends all elements of `values`, or none.
    ///
    /// # Errors
    /// [`CollectionError`] when the vector or the record has no room for them.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), CollectionError> {
        let len = self.len();
        if values.len() > N - len {
            return Err(CollectionError::Full);
        }
        if values.is_empty() {
            return Ok(());
        }
        for (index, value) in values.iter().enumerate() {
            self.cells.set(Self::at(len + index), value)?;
        }
        self.set_len(len + values.len())
    }

    /// Takes the last element off. `None` too when the record is full: the update or transaction fails then.
    pub fn pop(&mut self) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        let value = self.get(last).copied();
        self.set_len(last).ok()?;
        value
    }

    /// Takes the element at `index` out and puts the last one in its place. `None` where there is no such
    /// element; also when the record is full, but then the update or transaction fails.
    pub fn swap_remove(&mut self, index: impl Index) -> Option<T> {
        let index = index.index();
        let value = *self.get(index)?;
        let last = self.pop()?;
        if index < self.len() {
            self.set(index, last).ok()?;
        }
        Some(value)
    }

    /// Drops all elements from `len` on; does nothing if there are no more than that.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn truncate(&mut self, len: usize) -> Result<(), CollectionError> {
        if len < self.len() { self.set_len(len) } else { Ok(()) }
    }

    /// Drops all elements, at the price of one write. Their bytes stay until others take their place.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        self.truncate(0)
    }

    /// The elements in order.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(&self.cells, Image::<T, N>::ITEMS, 0, self.len(), N)
    }
}

impl<'a, T: Plain, const N: usize> IntoIterator for &'a Vector<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug for Vector<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

// SAFETY: every write is the header or one whole element that holds a valid `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Plain, const N: usize> Field for Vector<T, N> {
    type Image = Image<T, N>;
    type Cell = Vector<T, N, [(); 0]>;
    const LARGEST: usize = Image::<T, N>::LARGEST;
    handle!(Vector);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Image::<T, N>::takes(offset, bytes, |header| header.is_possible(N))
    }
    fn check_image(image: &[u8]) -> bool {
        // Elements are checked when they are read: looking at all of them would touch the whole image.
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| header.is_possible(N))
    }
}
