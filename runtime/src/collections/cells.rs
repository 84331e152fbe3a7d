//! Cells: the fixed ranges of an image that a collection reads and writes as a whole.
//!
//! The log knows a write by its exact range, so an image is laid out once and for all as cells, a header and
//! rows of items, and nothing ever reads or writes part of one. All that collections need of unsafe code to
//! look at memory is here; what they add is the promise that they write nothing but such cells.

use crate::commit::{Entry, Overrun};
use crate::state::{Place, Plain};
use zerocopy::{FromZeros, Immutable, KnownLayout, TryFromBytes};

/// An image of a header and one row of items.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Headed<H, T, const N: usize> {
    pub(super) header: H,
    pub(super) items: [T; N],
}

impl<H: Plain, T: Plain, const N: usize> Headed<H, T, N> {
    /// Where the items begin.
    pub const ITEMS: usize = core::mem::offset_of!(Self, items);
    /// Record that one changed header and one changed item take at most.
    pub const LARGEST: usize = Entry::most(size_of::<H>()) + Entry::most(size_of::<T>());

    /// Whether this is a whole header that `is_possible`, or a whole item.
    pub fn takes(offset: usize, bytes: &[u8], is_possible: impl FnOnce(&H) -> bool) -> bool {
        if offset == 0 && size_of::<H>() != 0 {
            return H::try_read_from_bytes(bytes).is_ok_and(|header| is_possible(&header));
        }
        is_item::<T>(offset, bytes, Self::ITEMS, N)
    }
}

/// Whether `bytes` at `offset` are a valid item of the row of `count` items that begins at `start`.
pub fn is_item<T: Plain>(offset: usize, bytes: &[u8], start: usize, count: usize) -> bool {
    let size = size_of::<T>();
    size != 0
        && offset.checked_sub(start).is_some_and(|at| at.is_multiple_of(size) && at / size < count)
        && T::try_read_from_bytes(bytes).is_ok()
}

/// The cells of one field.
pub struct Cells(Place);

impl Cells {
    /// The cells at `place`.
    pub fn at(place: Place) -> Self {
        Self(place)
    }

    /// See [`Place::epoch`].
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// The cell at `offset`, with changes made so far; `None` if it leaves the field or is no `T`.
    #[inline]
    pub fn get<T: Plain>(&self, offset: usize) -> Option<&T> {
        let bytes = self.0.read(offset, size_of::<T>())?;
        // SAFETY: inside the image or the log, for the size of `T`; both keep still while `self` is borrowed,
        // because `set` takes `&mut self` and committing takes the handle that lent the collection.
        let bytes = unsafe { core::slice::from_raw_parts(bytes, size_of::<T>()) };
        T::try_ref_from_bytes(bytes).ok()
    }

    /// Whether `cell`, the one at `offset`, is what is committed, and not what this change has made of it.
    #[inline]
    pub fn is_committed<T: Plain>(&self, offset: usize, cell: &T) -> bool {
        core::ptr::from_ref(cell).cast() == self.0.committed().wrapping_add(offset)
    }

    /// The row of `count` cells at `offset` as it is committed; `None` if it leaves the field or one is no `T`.
    #[inline]
    pub fn committed<T: Plain>(&self, offset: usize, count: usize) -> Option<&[T]> {
        let len = count.checked_mul(size_of::<T>())?;
        let bytes = self.0.image(offset, len)?;
        // SAFETY: inside the image for `len` bytes; it keeps still while `self` is borrowed, because committing takes
        // the handle that lent the collection.
        let bytes = unsafe { core::slice::from_raw_parts(bytes, len) };
        <[T]>::try_ref_from_bytes_with_elems(bytes, count).ok()
    }

    /// A copy of the cell at `offset`; all-zero if it cannot be read.
    #[inline]
    pub fn load<T: Plain>(&self, offset: usize) -> T {
        self.get(offset).copied().unwrap_or_else(T::new_zeroed)
    }

    /// Replaces the cell at `offset`.
    ///
    /// # Errors
    /// [`Overrun`] when the record is full.
    #[inline]
    pub fn set<T: Plain>(&mut self, offset: usize, value: &T) -> Result<(), Overrun> {
        if size_of::<T>() == 0 {
            return Ok(());
        }
        self.0.write(offset, value.as_bytes())
    }
}

/// The parts of [`Field`](crate::state::Field) that are the same for all collections whose handle is `cells`,
/// `of` and `tail`.
macro_rules! handle {
    ($name:ident) => {
        const SHAPE: $crate::state::Shape = $crate::state::Shape::Collection;

        fn bind(place: $crate::state::Place) -> Self::Cell {
            $name { cells: Cells::at(place), of: core::marker::PhantomData, tail: [] }
        }
        fn begin(_: &mut Self::Cell) {}
        fn lend(cell: &mut Self::Cell) -> &mut Self {
            cell
        }
        fn share(cell: &Self::Cell) -> &Self {
            cell
        }
        fn gather(_: &mut Self::Cell) -> Result<(), $crate::commit::Overrun> {
            Ok(())
        }
    };
}
pub(super) use handle;
