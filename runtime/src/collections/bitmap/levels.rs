//! How a bitmap's words are laid out: the bits themselves, and above them two trees of summaries.
//!
//! A word of level 0 holds 64 bits. A word of level `k` sums up 64 words of level `k - 1`: in the tree *some*, a bit
//! is set if the word below is not zero; in the tree *full*, if everything below is set. With both, the next bit
//! that is set and the next one that is clear are found in as many steps as there are levels. Both are zero
//! for an empty bitmap.

/// More levels than 64-bit numbers of bits can need.
const MOST: usize = 12;

/// The levels of a bitmap.
pub struct Levels {
    /// Levels, that of the bits included; 0 if there are no bits.
    pub count: usize,
    /// Words of summaries in each tree.
    inner: usize,
    /// Entries of a level: bits, then words of the level below.
    entries: [usize; MOST],
    /// Where a level begins, in the first tree.
    start: [usize; MOST],
}

/// The tree of summaries: `Some` for looking for bits that are set, `Full` for those that are clear.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    Some,
    Full,
}

impl Levels {
    pub const fn of(bits: usize) -> Self {
        let mut this = Self { count: 0, inner: 0, entries: [0; MOST], start: [0; MOST] };
        let (mut entries, mut start) = (bits, 0);
        while entries > 0 {
            let words = entries.div_ceil(64);
            this.entries[this.count] = entries;
            this.start[this.count] = start;
            if this.count > 0 {
                this.inner += words;
            }
            this.count += 1;
            start += words;
            entries = if words > 1 { words } else { 0 };
        }
        this
    }

    /// Words in all.
    pub const fn words(&self) -> usize {
        self.entries[0].div_ceil(64) + 2 * self.inner
    }

    /// Entries of `level`.
    pub const fn entries(&self, level: usize) -> usize {
        self.entries[level]
    }

    /// Place of word `index` of `level`.
    pub const fn word(&self, tree: Tree, level: usize, index: usize) -> usize {
        let second = if level > 0 && matches!(tree, Tree::Full) { self.inner } else { 0 };
        self.start[level] + second + index
    }

    /// The bits of word `index` of `level` that stand for anything.
    pub const fn mask(&self, level: usize, index: usize) -> u64 {
        let here = self.entries[level] - index * 64;
        if here >= 64 { u64::MAX } else { (1 << here) - 1 }
    }
}

/// Words that a [`Bitmap`](super::Bitmap) of so many bits takes: `Bitmap<1000, { bitmap_words(1000) }>`.
///
/// ```
/// use perennial::collections::bitmap_words;
/// assert_eq!(bitmap_words(64), 1);
/// assert_eq!(bitmap_words(1000), 16 + 2, "with one word for each of two summaries");
/// ```
pub const fn bitmap_words(bits: usize) -> usize {
    Levels::of(bits).words()
}
