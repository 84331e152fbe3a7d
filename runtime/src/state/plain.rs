//! Plain fields: zerocopy types that are copied for writing and compared at commit.

use super::{Field, Place, Shape};
use crate::commit::{Entry, Overrun};
use zerocopy::{FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// A value that can lie in shared memory as it is: no padding, no pointers, all-zero valid, `Copy`.
///
/// Implemented for every type that has the zerocopy traits; `#[plain]` adds them to a struct or enum.
///
/// ```
/// fn is_plain<T: perennial::Plain>() {}
/// is_plain::<[u64; 4]>();
/// is_plain::<bool>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain, so it can be no part of a daemon's state",
    label = "not a plain type",
    note = "put `#[plain]` on it if it is a struct or enum of yours; that makes it `repr(C)`, too",
    note = "plain are types without pointers and padding for which all zeroes are a value: integers, floats, `bool`, `char`, arrays of them, `Text<N>`",
    note = "instead of a `Duration` take a `u64` of nanoseconds, of an `Option<T>` a `T` and a `bool`, of a tuple a `#[plain]` struct, of what grows a `Vector<T, N>`, a `Map<K, V, N>` or a ring"
)]
pub trait Plain: TryFromBytes + FromZeros + IntoBytes + Immutable + KnownLayout + Copy + 'static {}
#[diagnostic::do_not_recommend]
impl<T: TryFromBytes + FromZeros + IntoBytes + Immutable + KnownLayout + Copy + 'static> Plain for T {}

/// The working value of a plain field: where the committed one lies, and the copy that may be written.
pub struct PlainCell<T> {
    place: Place,
    copy: T,
}

// SAFETY: a plain image is the value itself, without padding, and is written only as a whole and only
// when the bytes are a valid `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Plain> Field for T {
    type Image = T;
    type Cell = PlainCell<T>;
    const SHAPE: Shape = Shape::Plain;
    const LARGEST: usize = Entry::most(size_of::<T>());

    fn bind(place: Place) -> PlainCell<T> {
        PlainCell { place, copy: T::new_zeroed() }
    }

    fn begin(cell: &mut PlainCell<T>) {
        cell.copy = *Self::share(cell);
    }

    fn lend(cell: &mut PlainCell<T>) -> &mut T {
        &mut cell.copy
    }

    fn share(cell: &PlainCell<T>) -> &T {
        // SAFETY: the place covers a `T` at its alignment; its bytes were validated at start and before
        // every commit, and the owner does not commit while the cell is shared (it needs `&mut Handle`).
        unsafe { &*cell.place.committed().cast::<T>() }
    }

    fn view(cell: &PlainCell<T>) -> &T {
        &cell.copy
    }

    fn adopt(cell: &mut PlainCell<T>) {
        let own = cell.place.read(0, size_of::<T>());
        // SAFETY: inside the image, or the payload of a write of exactly this range.
        let bytes = own.map(|own| unsafe { core::slice::from_raw_parts(own, size_of::<T>()) });
        // What is no `T` was never committed, nor has it passed verification: the committed value stands.
        if let Some(value) = bytes.and_then(|bytes| T::try_read_from_bytes(bytes).ok()) {
            cell.copy = value;
        }
    }

    fn gather(cell: &mut PlainCell<T>) -> Result<(), Overrun> {
        if Self::share(cell).as_bytes() == cell.copy.as_bytes() {
            return Ok(());
        }
        cell.place.write(0, cell.copy.as_bytes())
    }

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        offset == 0 && bytes.len() == size_of::<T>() && T::try_read_from_bytes(bytes).is_ok()
    }

    fn check_image(bytes: &[u8]) -> bool {
        // Where it lies, without a copy, if it is aligned there.
        T::try_ref_from_bytes(bytes).is_ok() || Self::check_write(0, bytes)
    }
}
