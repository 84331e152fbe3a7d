//! Monotonic time in root, as a number of nanoseconds: `Duration`'s own arithmetic can panic.

use crate::sys::clock;
use core::time::Duration;

/// A point in time, or the distance of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

impl Time {
    /// The beginning.
    pub const ZERO: Self = Self(0);

    /// Now.
    // Not inlined: where a loop keeps the clock's address in a register, nobody can tell from the binary what it calls.
    #[inline(never)]
    pub fn now() -> Self {
        Self(clock::nanos())
    }

    /// So many nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// This duration; what is longer than 584 years is 584 years.
    pub fn of(duration: Duration) -> Self {
        let whole = duration.as_secs().saturating_mul(1_000_000_000);
        Self(whole.saturating_add(u64::from(duration.subsec_nanos())))
    }

    /// In nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Later by this much.
    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// The time that has passed since `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// A fraction of this time.
    #[must_use]
    pub const fn part(self, of: u64) -> Self {
        Self(self.0 / if of == 0 { 1 } else { of })
    }

    /// For system calls.
    pub const fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}
