//! [`Queue`]: first in, first out, within one daemon.

use super::cells::{Cells, Headed, handle};
use super::{CollectionError, Index, InsertError, Iter};
use crate::state::{Field, Plain};
use core::marker::PhantomData;
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Up to `N` elements of a plain type that are taken out at either end; empty at first. What std's `VecDeque`
/// does. Between daemons there are rings.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Desk { waiting: Queue<u32, 2> }
///
/// let mut desk = Scratch::<Desk>::new();
/// desk.update(|s| {
///     s.waiting.push_back(1)?;
///     s.waiting.push_back(2)?;
///     assert_eq!(s.waiting.push_back(3), Err(InsertError::Full(3)));
///     assert_eq!(s.waiting.pop_front(), Some(1));
///     s.waiting.push_back(3)
/// }).unwrap();
/// assert!(desk.state().waiting.iter().eq(&[2, 3]));
/// ```
#[repr(C)]
pub struct Queue<T, const N: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<T>,
    tail: Tail,
}

/// What a queue keeps besides its elements.
#[derive(Clone, Copy, FromZeros, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// Where the first element lies.
    first: u64,
    len: u64,
}

impl Header {
    fn is_possible(self, capacity: usize) -> bool {
        self.first < capacity.max(1) as u64 && self.len <= capacity as u64
    }
}

type Image<T, const N: usize> = Headed<Header, T, N>;

impl<T: Plain, const N: usize> Queue<T, N> {
    /// Most elements there can be, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Place of the first element, and number of elements.
    fn ends(&self) -> (usize, usize) {
        let header: Header = self.cells.load(0);
        // Another can only be there while a damaged image is looked at.
        if header.is_possible(N) { (header.first as usize, header.len as usize) } else { (0, 0) }
    }

    fn set_ends(&mut self, first: usize, len: usize) -> Result<(), CollectionError> {
        Ok(self.cells.set(0, &Header { first: first as u64, len: len as u64 })?)
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.ends().1
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another element.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Offset of the element that is `index` behind place `first`, which is not beyond the row's end.
    fn at(first: usize, index: usize) -> usize {
        let until_end = N - first;
        let place = if index < until_end { first + index } else { index - until_end };
        Image::<T, N>::ITEMS + place * size_of::<T>()
    }

    /// The element at `index`, counted from the front; `None` where there is none.
    pub fn get(&self, index: impl Index) -> Option<&T> {
        let (index, (first, len)) = (index.index(), self.ends());
        if index < len { self.cells.get(Self::at(first, index)) } else { None }
    }

    /// The element that is taken next.
    pub fn front(&self) -> Option<&T> {
        self.get(0_usize)
    }

    /// The element that was added last.
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Replaces the element at `index`, counted from the front.
    ///
    /// # Errors
    /// [`CollectionError`] when there is no such element or the record is full.
    pub fn set(&mut self, index: impl Index, value: T) -> Result<(), CollectionError> {
        let (index, (first, len)) = (index.index(), self.ends());
        if index >= len {
            return Err(CollectionError::OutOfRange { index, len });
        }
        Ok(self.cells.set(Self::at(first, index), &value)?)
    }

    /// Changes the element at `index` in place, counted from the front.
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
    /// [`InsertError`] with the element when the queue or the record is full.
    pub fn push_back(&mut self, value: T) -> Result<(), InsertError<T>> {
        let (first, len) = self.ends();
        if len == N {
            return Err(InsertError::Full(value));
        }
        let done = self.cells.set(Self::at(first, len), &value).map_err(Into::into);
        done.and_then(|()| self.set_ends(first, len + 1)).map_err(|_| InsertError::OverBudget(value))
    }

    /// Puts an element before all others.
    ///
    /// # Errors
    /// [`InsertError`] with the element when the queue or the record is full.
    pub fn push_front(&mut self, value: T) -> Result<(), InsertError<T>> {
        let (first, len) = self.ends();
        if len == N {
            return Err(InsertError::Full(value));
        }
        let before = if first == 0 { N - 1 } else { first - 1 };
        let done = self.cells.set(Self::at(before, 0), &value).map_err(Into::into);
        done.and_then(|()| self.set_ends(before, len + 1)).map_err(|_| InsertError::OverBudget(value))
    }

    /// Takes the first element. `None` too when the record is full: the update or transaction fails then.
    pub fn pop_front(&mut self) -> Option<T> {
        let (first, len) = self.ends();
        let left = len.checked_sub(1)?;
        let value = self.front().copied();
        self.set_ends(if first + 1 == N { 0 } else { first + 1 }, left).ok()?;
        value
    }

    /// Takes the last element. `None` too when the record is full: the update or transaction fails then.
    pub fn pop_back(&mut self) -> Option<T> {
        let (first, len) = self.ends();
        let left = len.checked_sub(1)?;
        let value = self.back().copied();
        self.set_ends(first, left).ok()?;
        value
    }

    /// Drops all elements, at the price of one write. Their bytes stay until others take their place.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        let (first, len) = self.ends();
        if len == 0 { Ok(()) } else { self.set_ends(first, 0) }
    }

    /// The elements from front to back.
    pub fn iter(&self) -> Iter<'_, T> {
        let (first, len) = self.ends();
        Iter::new(&self.cells, Image::<T, N>::ITEMS, first, len, N)
    }
}

impl<'a, T: Plain, const N: usize> IntoIterator for &'a Queue<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug for Queue<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

// SAFETY: every write is the header or one whole element that holds a valid `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Plain, const N: usize> Field for Queue<T, N> {
    type Image = Image<T, N>;
    type Cell = Queue<T, N, [(); 0]>;
    const LARGEST: usize = Image::<T, N>::LARGEST;
    handle!(Queue);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Image::<T, N>::takes(offset, bytes, |header| header.is_possible(N))
    }
    fn check_image(image: &[u8]) -> bool {
        // Elements are checked when they are read: looking at all of them would touch the whole image.
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| header.is_possible(N))
    }
}
