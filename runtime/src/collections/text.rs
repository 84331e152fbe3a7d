//! [`Text`]: a string of bounded length that lies in state and crosses in messages as it is.

use crate::state::{Message, fingerprint};
use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Up to `N` bytes of UTF-8, stored in place. A plain value: a field, an element, a part of a message.
///
/// ```
/// use perennial::Text;
/// let name: Text<16> = Text::new("sunset.jpg").unwrap();
/// assert_eq!(name.as_str(), "sunset.jpg");
/// assert!(Text::<4>::new("sunset.jpg").is_err());
/// assert_eq!(Text::<4>::truncated("süß!!").as_str(), "sü");
/// ```
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Text<const N: usize> {
    len: [u8; 4],
    bytes: [u8; N],
}

/// The string is longer than the text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text of {len} bytes does not fit into {capacity}: choose a larger `Text<N>` or `Text::truncated`")]
pub struct TooLong {
    /// Bytes of the string.
    pub len: usize,
    /// Bytes there is room for.
    pub capacity: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { len: [0; 4], bytes: [0; N] };

    /// Takes the whole string.
    ///
    /// # Errors
    /// [`TooLong`] when it has more than `N` bytes.
    pub fn new(text: &str) -> Result<Self, TooLong> {
        if text.len() > N {
            return Err(TooLong { len: text.len(), capacity: N });
        }
        Ok(Self::truncated(text))
    }

    /// Takes as many whole characters as fit.
    pub fn truncated(text: &str) -> Self {
        let mut len = text.len().min(N);
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        let mut this = Self { len: (len as u32).to_le_bytes(), ..Self::EMPTY };
        this.bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
        this
    }

    /// The string. Bytes that are no UTF-8, which only foreign code can have put there, end it.
    pub fn as_str(&self) -> &str {
        let len = (u32::from_le_bytes(self.len) as usize).min(N);
        let bytes = &self.bytes[..len];
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

/// Appends as many whole characters as fit and never fails: what does not fit is cut off.
impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let len = self.as_str().len();
        let more = Self::truncated_to(text, N - len);
        self.bytes[len..len + more.len()].copy_from_slice(more.as_bytes());
        self.len = ((len + more.len()) as u32).to_le_bytes();
        Ok(())
    }
}

impl<const N: usize> Text<N> {
    fn truncated_to(text: &str, room: usize) -> &str {
        let mut len = text.len().min(room);
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        &text[..len]
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> PartialEq for Text<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl<const N: usize> Eq for Text<N> {}

impl<const N: usize> PartialEq<str> for Text<N> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<const N: usize> core::ops::Deref for Text<N> {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Message for Text<N> {
    type Wire = Self;
    const FINGERPRINT: u64 = fingerprint("Text", &[N as u64]);
    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(self.as_bytes());
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Self::read_from_bytes(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    #[test]
    fn writing_cuts_at_characters() {
        let mut text = Text::<5>::EMPTY;
        text.write_str("abß").unwrap();
        text.write_str("ßß").unwrap();
        assert_eq!(text.as_str(), "abß");
    }

    #[test]
    fn foreign_bytes_do_no_harm() {
        let wire = [9, 0, 0, 0, b'a', 0xff, b'b'];
        assert_eq!(Text::<3>::decode(&wire).unwrap().as_str(), "a");
        assert!(Text::<3>::decode(&wire[..5]).is_none());
    }
}
