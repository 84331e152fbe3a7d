//! Text that is put together in a `const`: what an error says while compiling, and what `map` prints of the same
//! numbers.

/// Bytes of a message: the table of a daemon with all the fields that it may have.
const MOST: usize = 8192;

/// A message that is put together in a `const` and handed to `panic!`.
pub struct Words {
    bytes: [u8; MOST],
    len: usize,
}

impl Words {
    /// No words yet.
    pub const fn new() -> Self {
        Self { bytes: [0; MOST], len: 0 }
    }

    /// Appends text, cut off where the message is full.
    #[must_use]
    pub const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends `text` and spaces up to a column of `width`.
    #[must_use]
    pub const fn left(self, text: &str, width: usize) -> Self {
        self.text(text).spaces(width.saturating_sub(text.len()))
    }

    /// Appends a number with a space between groups of three digits.
    #[must_use]
    pub const fn number(self, value: usize) -> Self {
        self.right(value, 0)
    }

    /// Appends a number as [`number`](Self::number) does, to the right of a column of `width`.
    #[must_use]
    pub const fn right(self, value: usize, width: usize) -> Self {
        let mut digits = [0_u8; 32];
        let mut at = digits.len();
        let mut rest = value;
        let mut n = 0;
        loop {
            if n != 0 && n % 3 == 0 {
                at -= 1;
                digits[at] = b' ';
            }
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            n += 1;
            if rest == 0 {
                break;
            }
        }
        let (_, tail) = digits.split_at(at);
        match core::str::from_utf8(tail) {
            Ok(text) => self.spaces(width.saturating_sub(text.len())).text(text),
            Err(_) => self,
        }
    }

    const fn spaces(mut self, count: usize) -> Self {
        let mut i = 0;
        while i < count {
            self = self.text(" ");
            i += 1;
        }
        self
    }

    /// The message.
    pub const fn as_str(&self) -> &str {
        let (head, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(head) {
            Ok(text) => text,
            Err(_) => "message cut inside a character",
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        const WORDS: Words = Words::new().text("needs ").number(4_310_016).text(" bytes, not ").number(0);
        assert_eq!(WORDS.as_str(), "needs 4 310 016 bytes, not 0");
    }

    #[test]
    fn columns_are_as_wide_as_they_are_said_to_be() {
        const WORDS: Words = Words::new().left("heap", 6).right(4096, 7).left("too long", 3).right(12_345, 2);
        assert_eq!(WORDS.as_str(), "heap    4 096too long12 345");
    }

    #[test]
    fn a_message_that_is_too_long_is_cut() {
        let words = (0..MOST).fold(Words::new(), |words, _| words.text("ab"));
        assert_eq!(words.as_str().len(), MOST);
    }
}
