//! The orders of stores and loads that processes rely on while they run at the same time, or die: what memory ordering
//! and crash-safety hang on, and nothing else.
//!
//! Each is generic over the atomics, so that loom checks the source that the tree runs: all interleavings, and a death at
//! each step (`.ci/loom`). Words lie in shared memory and have the processor's type; what is written between the steps is
//! the caller's.

mod commit;
pub mod positions;
mod reset;
mod sequence;
pub mod waiting;

#[cfg(loom)]
pub use crate::flight::word as slot;
#[cfg(loom)]
use crate::locks::platform;
pub use commit::{Numbers, Progress};
use core::sync::atomic::{self, Ordering};
pub use reset::Reset;
pub use sequence::{attempt, close, enter, leave};

/// What the protocols need of an atomic.
pub trait Atomic {
    /// What it holds.
    type Value: Copy + Eq;

    /// The value.
    fn load(&self, order: Ordering) -> Self::Value;
    /// Replaces the value.
    fn store(&self, value: Self::Value, order: Ordering);
    /// Replaces the value `current`.
    ///
    /// # Errors
    /// The value, if it is another one.
    fn compare_exchange(
        &self,
        current: Self::Value,
        new: Self::Value,
        success: Ordering,
        failure: Ordering,
    ) -> Result<Self::Value, Self::Value>;
    /// A fence between atomics of this kind.
    fn fence(order: Ordering);
}

macro_rules! atomic {
    ($name:ty, $value:ty, $fence:path) => {
        impl Atomic for $name {
            type Value = $value;

            #[inline]
            fn load(&self, order: Ordering) -> $value {
                self.load(order)
            }

            #[inline]
            fn store(&self, value: $value, order: Ordering) {
                self.store(value, order);
            }

            #[inline]
            fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            #[inline]
            fn fence(order: Ordering) {
                $fence(order);
            }
        }
    };
}

atomic!(atomic::AtomicU32, u32, atomic::fence);
atomic!(atomic::AtomicU64, u64, atomic::fence);
#[cfg(loom)]
atomic!(platform::AtomicU32, u32, platform::fence);
#[cfg(loom)]
atomic!(platform::AtomicU64, u64, platform::fence);
