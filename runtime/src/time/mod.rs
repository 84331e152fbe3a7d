//! Time stamps: one cheap monotonic clock for all processes of a tree, and wall time to show it in.
//!
//! A stamp is a plain number of nanoseconds, so it may be a field, an element of a collection or a part of a message.

mod civil;
mod tsc;

pub use civil::Wall;
pub(crate) use civil::date;
pub(crate) use tsc::calibrate;

use crate::state::{Message, fingerprint};
use crate::sys::clock;
use core::fmt;
use core::time::Duration;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A point of the tree's monotonic clock, in nanoseconds.
///
/// The clock starts as the machine's `CLOCK_MONOTONIC`. Where the processor's time-stamp counter is invariant and the
/// kernel itself keeps time by it, root calibrates that counter before it forks, and from then on all processes of
/// the tree read it with the same constants: no stamp is earlier than one that was taken before it, in whatever
/// process. Such a clock is not disciplined by NTP, and its rate is known to a few millionths: take it for durations
/// and for order, and show it as [`Wall`] time. Elsewhere each stamp is a `CLOCK_MONOTONIC` of its own, which has the
/// same order.
///
/// Neither clock runs while the machine is suspended, nor goes on over a reboot.
///
/// ```
/// use perennial::time::Timestamp;
/// let before = Timestamp::now();
/// let after = Timestamp::now();
/// assert!(after >= before);
/// assert!(after.since(before) < std::time::Duration::from_secs(60));
/// assert_eq!(before.since(after), std::time::Duration::ZERO);
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// This moment. Makes no system call and takes no memory or lock, so that it may be read in a transaction or a
    /// signal handler.
    #[inline]
    pub fn now() -> Self {
        Self(tsc::nanos().unwrap_or_else(clock::nanos))
    }

    /// The stamp of so many nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's beginning, some time before the tree's.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Time that passed since `earlier`; zero if that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Time that has passed since.
    pub fn elapsed(self) -> Duration {
        Self::now().since(self)
    }

    /// The wall time of this stamp, as the wall clock stands now: what it was set by since then counts as well.
    pub fn to_wall(self) -> Wall {
        let (now, wall) = (Self::now(), Wall::now());
        if self >= now { wall.plus(self.since(now)) } else { wall.minus(now.since(self)) }
    }

    /// Whether stamps are read from the processor's counter, or from the kernel's clock.
    pub fn is_counter() -> bool {
        tsc::nanos().is_some()
    }
}

/// As wall time; see [`Timestamp::to_wall`].
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_wall().fmt(f)
    }
}

impl Message for Timestamp {
    type Wire = [u8; 8];
    const FINGERPRINT: u64 = fingerprint("Timestamp", &[]);
    fn encode(&self, out: &mut [u8]) {
        self.0.encode(out);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        u64::decode(bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_shown_as_wall_time() {
        let (before, now, after) = (Wall::now(), Timestamp::now().to_wall(), Wall::now());
        let slack = Duration::from_millis(50);
        assert!(now >= before.minus(slack) && now <= after.plus(slack), "{before} {now} {after}");
        let hour = Duration::from_secs(3600);
        let earlier =
            Timestamp::from_nanos(Timestamp::now().as_nanos().saturating_sub(hour.as_nanos() as u64));
        let wall = earlier.to_wall();
        assert!(wall <= Wall::now().minus(earlier.elapsed()).plus(slack), "{wall}");
    }

    #[test]
    fn a_stamp_crosses_as_a_message() {
        let stamp = Timestamp::from_nanos(0x0102_0304_0506_0708);
        let mut wire = [0; 8];
        stamp.encode(&mut wire);
        assert_eq!(Timestamp::decode(&wire), Some(stamp));
    }
}
