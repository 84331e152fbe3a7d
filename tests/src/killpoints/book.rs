//! What the book must hold: everything follows from how often it was changed.

use super::{WORDS, marks::Words};

/// Elements of its array.
pub const ROW: usize = 16;
/// Entries that its queue keeps.
pub const LINE: usize = 3;
/// Changes that it makes before it meets the tracer.
pub const FIRST: u64 = 200;

/// The plain field's first word after `count` changes.
pub fn page(count: u64) -> u64 {
    count.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The plain field's other words.
pub fn lines(count: u64) -> [u64; 4] {
    [1, 2, 3, 4].map(|line| page(count) ^ line)
}

/// What of the array is changed, and to what.
pub fn places(count: u64) -> [(usize, u64); 3] {
    [0, 7, 15].map(|index| (index, page(count).rotate_left(8) ^ index as u64))
}

/// All that it shows.
pub fn words(count: u64) -> Words {
    let mut words = [0; WORDS];
    words[0] = count;
    words[2] = page(count);
    words[3..7].copy_from_slice(&lines(count));
    for (index, value) in places(count) {
        words[7 + index] = value;
    }
    for (word, value) in words[7 + ROW..7 + ROW + LINE].iter_mut().zip(count + 1 - LINE as u64..) {
        *word = value;
    }
    words
}
