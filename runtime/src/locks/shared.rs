//! [`Shared`]: a field that the whole family may write, outside of commits.

use crate::commit::Overrun;
use crate::state::{Field, Place, Shape};
use core::marker::PhantomData;
use core::ops::Deref;
use core::sync::atomic;

/// A field of a `#[daemon]` struct in memory that the daemon, its transactions and their threads share and may all
/// write: locks, with what they guard, and atomics.
///
/// It is no state: nothing of it is committed, rolled back or verified, and it begins all-zero again whenever the
/// daemon does. A transaction names it as `&Shared<…>` and shares it with whoever else runs. What a transaction
/// forks itself may read it, and not write.
///
/// ```
/// use perennial::locks::{Mutex, Shared};
/// use perennial::prelude::*;
///
/// #[daemon(mem = "128KiB")]
/// struct Press {
///     sheets: u64,
///     drum: Shared<Mutex<u32>>,
/// }
///
/// impl Press {
///     #[transaction(timeout = "1s")]
///     fn print(sheets: &mut u64, drum: &Shared<Mutex<u32>>) -> Result<u32, ()> {
///         let mut turns = drum.lock().map_err(|_| ())?;
///         *turns += 1;
///         *sheets += 1;
///         Ok(*turns)
///     }
/// }
///
/// let mut press = Scratch::<Press>::new();
/// assert_eq!(press.update(|s| Press::print_inline(s.sheets, s.drum)), Ok(1));
/// let refused: Result<(), _> = press.update(|s| Press::print_inline(s.sheets, s.drum).and(Err(())));
/// assert!(refused.is_err());
/// assert_eq!(*press.state().sheets, 1);
/// assert_eq!(press.state().drum.lock().map(|turns| *turns).ok(), Some(2));
/// ```
#[repr(C)]
pub struct Shared<T: Shareable, Tail: ?Sized = [()]> {
    place: Place,
    value: PhantomData<T>,
    tail: Tail,
}

/// A type that may lie in memory which several processes write: locks, atomics, arrays and tuples of them.
///
/// # Safety
/// All-zero must be a valid value, and any value that other processes can leave there, of which some may be dead; it must
/// hold no pointer, and be changed only by means that work between processes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between processes that write it",
    label = "neither a lock nor an atomic",
    note = "`Shared` takes the locks of `perennial::locks`, atomics, and arrays and tuples of them: `Shared<Mutex<{Self}>>`"
)]
pub unsafe trait Shareable: Sync + 'static {}

macro_rules! shareable {
    ($($name:ident)*) => {$(
        // SAFETY: any bytes are a value.
        unsafe impl Shareable for atomic::$name {}
    )*};
}
shareable!(AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicUsize AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize);

// SAFETY: as its elements.
unsafe impl<T: Shareable, const N: usize> Shareable for [T; N] {}
// SAFETY: as its parts.
unsafe impl<A: Shareable, B: Shareable> Shareable for (A, B) {}
// SAFETY: as its parts.
unsafe impl<A: Shareable, B: Shareable, C: Shareable> Shareable for (A, B, C) {}
// SAFETY: as its parts.
unsafe impl<A: Shareable, B: Shareable, C: Shareable, D: Shareable> Shareable for (A, B, C, D) {}

impl<T: Shareable> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the place of such a field is memory of the family's, which stays until the process ends, or as long as
        // the `Scratch` that lends the field; any value there is a `T`.
        unsafe { &*self.place.committed().cast::<T>() }
    }
}

impl<T: Shareable + core::fmt::Debug> core::fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}

// SAFETY: there is no image, and so nothing is ever written to it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Shareable> Field for Shared<T> {
    type Image = PhantomData<T>;
    type Cell = Shared<T, [(); 0]>;
    const SHAPE: Shape = Shape::Shared { size: size_of::<T>(), align: align_of::<T>() };
    const LARGEST: usize = 0;

    fn bind(place: Place) -> Self::Cell {
        Shared { place, value: PhantomData, tail: [] }
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
    fn check_write(_: usize, _: &[u8]) -> bool {
        false
    }
    fn check_image(bytes: &[u8]) -> bool {
        bytes.is_empty()
    }
}
