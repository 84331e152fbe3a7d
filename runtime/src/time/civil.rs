//! [`Wall`]: wall time and its civil form.

use crate::state::{Message, fingerprint};
use crate::sys::clock;
use core::fmt;
use core::time::Duration;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Nanoseconds since 1970-01-01 00:00 UTC; shown as RFC 3339 says, in UTC. Enough until the year 2554.
///
/// ```
/// use perennial::time::Wall;
/// assert_eq!(Wall::from_nanos(1_700_000_000_123_456_789).to_string(), "2023-11-14T22:13:20.123456789Z");
/// assert_eq!(format!("{:.3}", Wall::from_nanos(0)), "1970-01-01T00:00:00.000Z");
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
pub struct Wall(u64);

impl Wall {
    /// Now. The wall clock may be set: what is later need not be greater.
    pub fn now() -> Self {
        Self(clock::wall().as_nanos() as u64)
    }

    /// The time so many nanoseconds after the epoch.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// So much later, at most the last time there is.
    #[must_use]
    pub const fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(nanos(time)))
    }

    /// So much earlier, at most the epoch.
    #[must_use]
    pub const fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(time)))
    }
}

const fn nanos(time: Duration) -> u64 {
    let nanos = time.as_nanos();
    if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 }
}

/// Year, month and day of a day since the epoch, in the proleptic Gregorian calendar: Hinnant, "chrono-compatible
/// low-level date algorithms" (2014), which begins its years in March.
pub(crate) const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + (month <= 2) as u64, month, date)
}

/// With `{:.N}`, so many digits of a second; nine otherwise.
impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let digits = f.precision().unwrap_or(9).min(9);
        if digits > 0 {
            write!(f, ".{:0digits$}", nanos / 10_u64.pow(9 - digits as u32))?;
        }
        f.write_str("Z")
    }
}

impl Message for Wall {
    type Wire = [u8; 8];
    const FINGERPRINT: u64 = fingerprint("Wall", &[]);
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
    fn dates_follow_each_other() {
        let length = |year: u64, month: u64| match month {
            2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..213_503 {
            assert_eq!(date(days), (year, month, day));
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(year, 2554);
    }

    #[test]
    fn the_ends_of_time_are_shown() {
        assert_eq!(Wall::default().to_string(), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(Wall::from_nanos(u64::MAX).to_string(), "2554-07-21T23:34:33.709551615Z");
        assert_eq!(format!("{:.0}", Wall::from_nanos(951_782_400_000_000_000)), "2000-02-29T00:00:00Z");
        assert_eq!(Wall::from_nanos(u64::MAX).plus(Duration::from_secs(1)), Wall::from_nanos(u64::MAX));
        assert_eq!(Wall::from_nanos(5).minus(Duration::MAX), Wall::default());
    }
}
