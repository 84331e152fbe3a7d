//! What `const` evaluation needs and core does not offer yet: string comparison, maxima, the name that was
//! meant, and numbers in error messages.

mod near;
mod words;

pub use near::nearest;
pub use words::Words;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        assert_eq!(round_up(0, 4096), 0);
        assert_eq!(round_up(1, 4096), 4096);
        assert_eq!(max(&[3, 9, 2]), 9);
        assert!(same("a", "a") && !same("a", "b") && !same("a", "ab"));
    }
}
