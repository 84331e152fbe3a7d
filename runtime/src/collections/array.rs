//! [`Array`]: a fixed number of plain elements.

use super::CollectionError;
use crate::commit::{Entry, Overrun};
use crate::state::{Field, Place, Plain, Shape};
use core::marker::PhantomData;

/// `N` elements of a plain type, all-zero at first. A commit costs the elements that changed, whatever `N` is.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Tally { votes: Array<u32, 1000> }
///
/// let mut tally = Scratch::<Tally>::new();
/// tally.update(|s| {
///     s.votes.set(7_usize, 41)?;
///     s.votes.update(7_usize, |votes| *votes += 1)
/// }).unwrap();
/// assert_eq!(tally.state().votes.get(7_usize), Some(&42));
/// assert_eq!(tally.state().votes.get(1000_usize), None);
/// ```
#[repr(C)]
pub struct Array<T, const N: usize, Tail: ?Sized = [()]> {
    place: Place,
    element: PhantomData<T>,
    tail: Tail,
}

/// What may index a collection: integers, so that a message's `u32` or a literal needs no cast.
pub trait Index {
    /// The index; values that no `usize` holds become `usize::MAX`, which is never in range.
    fn index(self) -> usize;
}

macro_rules! indices {
    ($($ty:ty)*) => {$(
        impl Index for $ty {
            fn index(self) -> usize {
                usize::try_from(self).unwrap_or(usize::MAX)
            }
        }
    )*};
}
indices!(u8 u16 u32 u64 usize i32);

impl<T: Plain, const N: usize> Array<T, N> {
    /// Number of elements, `N`.
    pub const fn len(&self) -> usize {
        N
    }

    /// Whether there are no elements at all.
    pub const fn is_empty(&self) -> bool {
        N == 0
    }

    /// The element at `index`, with changes made so far; `None` where there is none.
    pub fn get(&self, index: impl Index) -> Option<&T> {
        let index = index.index();
        if index >= N {
            return None;
        }
        let bytes = self.place.read(index * size_of::<T>(), size_of::<T>())?;
        // SAFETY: inside the image or the log, for the size of `T`; both keep still while `self` is borrowed,
        // because writing takes `&mut self` and committing takes the handle that lent `self`.
        let bytes = unsafe { core::slice::from_raw_parts(bytes, size_of::<T>()) };
        T::try_ref_from_bytes(bytes).ok()
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    /// [`CollectionError`] when the index is out of range or the record is full.
    pub fn set(&mut self, index: impl Index, value: T) -> Result<(), CollectionError> {
        let index = index.index();
        if index >= N {
            return Err(CollectionError::OutOfRange { index, len: N });
        }
        if size_of::<T>() == 0 {
            return Ok(());
        }
        Ok(self.place.write(index * size_of::<T>(), value.as_bytes())?)
    }

    /// Changes the element at `index` in place.
    ///
    /// # Errors
    /// [`CollectionError`] when the index is out of range or the record is full.
    pub fn update(&mut self, index: impl Index, change: impl FnOnce(&mut T)) -> Result<(), CollectionError> {
        let index = index.index();
        let mut value = *self.get(index).ok_or(CollectionError::OutOfRange { index, len: N })?;
        change(&mut value);
        self.set(index, value)
    }

    /// The elements in order, with changes made so far.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        (0..N).filter_map(|index| self.get(index))
    }
}

impl<T: Plain + core::fmt::Debug, const N: usize> core::fmt::Debug for Array<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

// SAFETY: the image is `N` elements without padding; writes are whole elements that hold a valid `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Plain, const N: usize> Field for Array<T, N> {
    type Image = [T; N];
    type Cell = Array<T, N, [(); 0]>;
    const SHAPE: Shape = Shape::Collection;
    const LARGEST: usize = Entry::most(size_of::<T>());

    fn bind(place: Place) -> Self::Cell {
        Array { place, element: PhantomData, tail: [] }
    }
    fn begin(_: &mut Self::Cell) {}
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn gather(_: &mut Self::Cell) -> Result<(), Overrun> {
        Ok(())
    }
    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        size_of::<T>() != 0
            && offset.is_multiple_of(size_of::<T>())
            && bytes.len() == size_of::<T>()
            && T::try_read_from_bytes(bytes).is_ok()
    }
    fn check_image(_: &[u8]) -> bool {
        // Elements are checked when they are read: looking at all of them would touch the whole image.
        true
    }
}
