//! What `const` evaluation needs and core does not offer yet: string comparison, maxima, and numbers in
//! error messages.

/// Whether two strings are equal.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The largest of `values`, or 0.
pub const fn max(values: &[usize]) -> usize {
    let mut best = 0;
    let mut i = 0;
    while i < values.len() {
        if values[i] > best {
            best = values[i];
        }
        i += 1;
    }
    best
}

/// `value` rounded up to a multiple of `unit`, a power of two.
pub const fn round_up(value: usize, unit: usize) -> usize {
    (value + unit - 1) & !(unit - 1)
}

/// A message that is put together in a `const` and handed to `panic!`.
pub struct Words {
    bytes: [u8; 768],
    len: usize,
}

impl Words {
    /// No words yet.
    pub const fn new() -> Self {
        Self { bytes: [0; 768], len: 0 }
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

    /// Appends a number with a space between groups of three digits.
    #[must_use]
    pub const fn number(self, value: usize) -> Self {
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
            Ok(text) => self.text(text),
            Err(_) => self,
        }
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
    fn rounding() {
        assert_eq!(round_up(0, 4096), 0);
        assert_eq!(round_up(1, 4096), 4096);
        assert_eq!(max(&[3, 9, 2]), 9);
        assert!(same("a", "a") && !same("a", "b") && !same("a", "ab"));
    }
}
