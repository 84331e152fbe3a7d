//! [`Slot`]: what leads to a value in a pool.

use crate::state::{Message, fingerprint};
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A handle to one value in a [`Pool`](super::Pool) of `T`. Plain: a field, an element, a part of a message.
///
/// It carries the generation of what it was given for, so it never leads to what later lies in the same place.
/// The default value leads nowhere.
///
/// ```
/// use perennial::collections::Slot;
/// assert_eq!(Slot::<u32>::default(), Slot::NONE);
/// assert_eq!(format!("{:?}", Slot::<u32>::NONE), "Slot(none)");
/// ```
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Slot<T> {
    generation: U64,
    /// The epoch in which it was given. A rollback takes the generations back, and those that are counted
    /// again must not make a handle valid that was given to somebody who was not rolled back.
    epoch: U32,
    index: U32,
    of: PhantomData<fn() -> T>,
}

impl<T> Slot<T> {
    /// Leads nowhere.
    pub const NONE: Self = Self::new(0, 0, 0);

    pub(super) const fn new(index: u32, epoch: u32, generation: u64) -> Self {
        Self {
            generation: U64::new(generation),
            epoch: U32::new(epoch),
            index: U32::new(index),
            of: PhantomData,
        }
    }

    pub(super) fn index(self) -> usize {
        self.index.get() as usize
    }

    pub(super) fn is_of(self, epoch: u32, generation: u64) -> bool {
        self.epoch.get() == epoch && self.generation.get() == generation
    }

    /// Whether it is the handle that leads nowhere, [`Slot::NONE`].
    pub fn is_none(self) -> bool {
        self.generation.get() == 0
    }
}

// By hand, since derived ones would ask the same of `T`.
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slot<T> {}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl<T> Eq for Slot<T> {}

impl<T> Hash for Slot<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("Slot(none)");
        }
        write!(f, "Slot({} of generation {}.{})", self.index, self.epoch, self.generation)
    }
}

impl<T: 'static> Message for Slot<T> {
    type Wire = [u8; 16];
    const FINGERPRINT: u64 = fingerprint("Slot", &[size_of::<T>() as u64]);
    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(self.as_bytes());
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Self::read_from_bytes(bytes).ok()
    }
}
