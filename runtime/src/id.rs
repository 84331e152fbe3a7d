//! [`Uuid`]: identifiers for correlation that no two processes make alike.

use crate::state::{Message, fingerprint};
use crate::sys::{Errno, random::random};
use crate::time::Wall;
use core::fmt;
use core::str::FromStr;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A universally unique identifier (RFC 9562). A plain value: a field, a key, a part of a message; all-zero is the nil
/// one.
///
/// The random part is asked of the kernel each time: there is no generator in the process whose state a fork would
/// copy.
///
/// ```
/// use perennial::id::Uuid;
/// let (one, other) = (Uuid::new().unwrap(), Uuid::new().unwrap());
/// assert_ne!(one, other);
/// assert_eq!(one.to_string().parse(), Ok(one));
/// assert_eq!(one.version(), 7);
/// assert!(Uuid::NIL.is_nil());
/// ```
#[derive(
    Clone,
    Copy,
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
    Unaligned,
)]
#[repr(transparent)]
pub struct Uuid([u8; 16]);

/// The kernel gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the kernel gave no random bytes ({0}): its generator may not be ready so early after the start; try again"
)]
pub struct NoEntropy(Errno);

/// The text is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no UUID: write 32 hexadecimal digits as 8-4-4-4-12, such as 01890a5d-ac96-774b-bcce-b302099a8057"
)]
pub struct NotAUuid;

impl Uuid {
    /// The nil UUID: all zero.
    pub const NIL: Self = Self([0; 16]);

    /// A new one of version 7: 48 bits of wall time in milliseconds, then 74 random bits. Later ones sort behind
    /// earlier ones, but for those of one millisecond.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn new() -> Result<Self, NoEntropy> {
        let random = random::<10>().map_err(NoEntropy)?;
        let millis = Wall::now().as_nanos() / 1_000_000;
        Ok(Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes()))
    }

    /// A new one of version 4: 122 random bits, which tell nothing of when it was made.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn random() -> Result<Self, NoEntropy> {
        Ok(Self(uuid::Builder::from_random_bytes(random().map_err(NoEntropy)?).into_uuid().into_bytes()))
    }

    /// The UUID with these bytes, in network order.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, in network order.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Whether it is the nil UUID.
    pub const fn is_nil(&self) -> bool {
        u128::from_ne_bytes(self.0) == 0
    }

    /// How it was made: 1 to 8; 0 for the nil one.
    pub const fn version(&self) -> u8 {
        self.0[6] >> 4
    }

    /// When it was made, to a millisecond; `None` if it is not of version 7.
    pub fn made_at(&self) -> Option<Wall> {
        let millis = (u128::from_be_bytes(self.0) >> 80) as u64;
        (self.version() == 7).then(|| Wall::from_nanos(millis.saturating_mul(1_000_000)))
    }
}

/// As 8-4-4-4-12 lower-case hexadecimal digits.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = NotAUuid;
    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        uuid::Uuid::try_parse(text).map(|uuid| Self(uuid.into_bytes())).map_err(|_| NotAUuid)
    }
}

impl Message for Uuid {
    type Wire = [u8; 16];
    const FINGERPRINT: u64 = fingerprint("Uuid", &[]);
    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9562, appendix A.6.
    #[test]
    fn the_example_of_the_standard_is_read() {
        let uuid: Uuid = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F".parse().unwrap();
        assert_eq!(uuid.version(), 7);
        assert_eq!(uuid.made_at(), Some(Wall::from_nanos(0x017F_22E2_79B0 * 1_000_000)));
        assert_eq!(uuid.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assert_eq!(Uuid::decode(&uuid.to_bytes()), Some(uuid));
    }

    #[test]
    fn versions_and_variants_are_marked() {
        for (uuid, version) in [(Uuid::new().unwrap(), 7), (Uuid::random().unwrap(), 4)] {
            assert_eq!(uuid.version(), version);
            assert_eq!(uuid.to_bytes()[8] >> 6, 0b10, "{uuid}");
        }
        assert_eq!(Uuid::random().unwrap().made_at(), None);
        assert!(Uuid::new().unwrap().made_at().unwrap() <= Wall::now());
        assert_eq!("01890a5d".parse::<Uuid>(), Err(NotAUuid));
    }
}
