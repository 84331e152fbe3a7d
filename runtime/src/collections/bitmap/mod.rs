//! [`Bitmap`]: many bits, among which the next one that is set or clear is found fast.

mod levels;

use super::cells::{Cells, Headed, handle};
use super::{CollectionError, Index};
use crate::commit::{Entry, Overrun};
use crate::state::Field;
use core::marker::PhantomData;
use levels::{Levels, Tree};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

pub use levels::bitmap_words;

/// `BITS` bits, clear at first. `WORDS` is what [`bitmap_words`] says of them.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Ports { taken: Bitmap<1000, { bitmap_words(1000) }> }
///
/// let mut ports = Scratch::<Ports>::new();
/// ports.update(|s| {
///     s.taken.set(0)?;
///     assert_eq!(s.taken.set_first_clear(), Ok(1));
///     s.taken.clear(0)
/// }).unwrap();
/// let state = ports.state();
/// assert_eq!((state.taken.first_clear(), state.taken.first_set()), (Some(0), Some(1)));
/// assert_eq!(state.taken.count_ones(), 1);
/// ```
#[repr(C)]
pub struct Bitmap<const BITS: usize, const WORDS: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<()>,
    tail: Tail,
}

/// What a bitmap keeps besides its words.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct Header {
    ones: u64,
}

type Image<const WORDS: usize> = Headed<Header, u64, WORDS>;

impl<const BITS: usize, const WORDS: usize> Bitmap<BITS, WORDS> {
    const LEVELS: Levels = Levels::of(BITS);

    /// Number of bits, `BITS`.
    pub const fn capacity(&self) -> usize {
        BITS
    }

    /// Number of bits that are set.
    pub fn count_ones(&self) -> usize {
        // More can only be there while a damaged image is looked at.
        (self.cells.load::<Header>(0).ones).min(BITS as u64) as usize
    }

    /// Number of bits that are clear.
    pub fn count_zeros(&self) -> usize {
        BITS - self.count_ones()
    }

    /// Number of bits that are set, as for other collections.
    pub fn len(&self) -> usize {
        self.count_ones()
    }

    /// Whether no bit is set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all bits are set.
    pub fn is_full(&self) -> bool {
        self.len() == BITS
    }

    fn word(&self, tree: Tree, level: usize, index: usize) -> u64 {
        self.cells.load(Image::<WORDS>::ITEMS + Self::LEVELS.word(tree, level, index) * 8)
    }

    fn set_word(&mut self, tree: Tree, level: usize, index: usize, word: u64) -> Result<(), Overrun> {
        self.cells.set(Image::<WORDS>::ITEMS + Self::LEVELS.word(tree, level, index) * 8, &word)
    }

    /// The bit at `index`; `None` where there is none.
    pub fn get(&self, index: impl Index) -> Option<bool> {
        let index = index.index();
        (index < BITS).then(|| self.word(Tree::Some, 0, index / 64) & 1 << (index % 64) != 0)
    }

    /// Sets the bit at `index`; returns what it was.
    ///
    /// # Errors
    /// [`CollectionError`] when the index is out of range or the record is full.
    pub fn set(&mut self, index: impl Index) -> Result<bool, CollectionError> {
        self.change(index.index(), |_| true)
    }

    /// Clears the bit at `index`; returns what it was.
    ///
    /// # Errors
    /// [`CollectionError`] when the index is out of range or the record is full.
    pub fn clear(&mut self, index: impl Index) -> Result<bool, CollectionError> {
        self.change(index.index(), |_| false)
    }

    /// Changes the bit at `index` to what it was not; returns what it was.
    ///
    /// # Errors
    /// [`CollectionError`] when the index is out of range or the record is full.
    pub fn toggle(&mut self, index: impl Index) -> Result<bool, CollectionError> {
        self.change(index.index(), |was| !was)
    }

    /// Sets the first bit that is clear; returns its index.
    ///
    /// # Errors
    /// [`CollectionError::Full`] when all are set, [`CollectionError::OverBudget`] when the record is full.
    pub fn set_first_clear(&mut self) -> Result<usize, CollectionError> {
        let index = self.first_clear().ok_or(CollectionError::Full)?;
        self.set(index)?;
        Ok(index)
    }

    fn change(&mut self, index: usize, change: impl FnOnce(bool) -> bool) -> Result<bool, CollectionError> {
        let was = self.get(index).ok_or(CollectionError::OutOfRange { index, len: BITS })?;
        if change(was) == was {
            return Ok(was);
        }
        let old = self.word(Tree::Some, 0, index / 64);
        let new = old ^ 1 << (index % 64);
        self.set_word(Tree::Some, 0, index / 64, new)?;
        let ones = self.count_ones();
        let ones = if was { ones.saturating_sub(1) } else { (ones + 1).min(BITS) };
        self.cells.set(0, &Header { ones: ones as u64 })?;
        self.sum_up(Tree::Some, index / 64, (old, new))?;
        self.sum_up(Tree::Full, index / 64, (old, new))?;
        Ok(was)
    }

    /// Corrects the summaries above word `index` of the bits, which was changed from one value to another.
    fn sum_up(&mut self, tree: Tree, mut index: usize, mut change: (u64, u64)) -> Result<(), Overrun> {
        for level in 1..Self::LEVELS.count {
            let mask = Self::LEVELS.mask(level - 1, index);
            let holds = |word: u64| match tree {
                Tree::Some => word != 0,
                Tree::Full => word == mask,
            };
            if holds(change.0) == holds(change.1) {
                return Ok(());
            }
            let old = self.word(tree, level, index / 64);
            let bit = 1 << (index % 64);
            let new = if holds(change.1) { old | bit } else { old & !bit };
            self.set_word(tree, level, index / 64, new)?;
            (index, change) = (index / 64, (old, new));
        }
        Ok(())
    }

    /// The first bit from `from` on that is set in the tree *some*, or clear in the tree *full*.
    fn next(&self, tree: Tree, from: usize) -> Option<usize> {
        // Whatever damaged summaries say, it never looks back, and so comes to an end.
        let (mut level, mut at) = (0, from);
        while level < Self::LEVELS.count {
            if at >= Self::LEVELS.entries(level) {
                return None;
            }
            let word = self.word(tree, level, at / 64);
            let hits = if tree == Tree::Some { word } else { !word };
            let hits = hits & Self::LEVELS.mask(level, at / 64) & u64::MAX << (at % 64);
            if hits == 0 {
                (level, at) = (level + 1, at / 64 + 1);
                continue;
            }
            at = at / 64 * 64 + hits.trailing_zeros() as usize;
            if level == 0 {
                return Some(at);
            }
            (level, at) = (level - 1, at * 64);
        }
        None
    }

    /// The first bit that is set.
    pub fn first_set(&self) -> Option<usize> {
        self.next(Tree::Some, 0)
    }

    /// The first bit that is clear.
    pub fn first_clear(&self) -> Option<usize> {
        self.next(Tree::Full, 0)
    }

    /// The first bit from `from` on that is set.
    pub fn next_set(&self, from: impl Index) -> Option<usize> {
        self.next(Tree::Some, from.index())
    }

    /// The first bit from `from` on that is clear.
    pub fn next_clear(&self, from: impl Index) -> Option<usize> {
        self.next(Tree::Full, from.index())
    }

    /// The bits that are set, in order. Stretches without any cost nothing.
    pub fn iter_ones(&self) -> impl Iterator<Item = usize> {
        let mut from = 0;
        core::iter::from_fn(move || {
            let at = self.next(Tree::Some, from)?;
            from = at + 1;
            Some(at)
        })
    }

    /// Clears all bits. Costs a write for each word of 64 bits that are not all clear.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear_all(&mut self) -> Result<(), CollectionError> {
        let mut from = 0;
        while let Some(at) = self.next(Tree::Some, from) {
            self.set_word(Tree::Some, 0, at / 64, 0)?;
            from = (at / 64 + 1) * 64;
        }
        for level in 1..Self::LEVELS.count {
            for index in 0..Self::LEVELS.entries(level).div_ceil(64) {
                for tree in [Tree::Some, Tree::Full] {
                    if self.word(tree, level, index) != 0 {
                        self.set_word(tree, level, index, 0)?;
                    }
                }
            }
        }
        if self.is_empty() { Ok(()) } else { Ok(self.cells.set(0, &Header { ones: 0 })?) }
    }
}

impl<const BITS: usize, const WORDS: usize> core::fmt::Debug for Bitmap<BITS, WORDS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.iter_ones()).finish()
    }
}

// SAFETY: every write is the header or one whole word, for which all bytes are valid.
#[diagnostic::do_not_recommend]
unsafe impl<const BITS: usize, const WORDS: usize> Field for Bitmap<BITS, WORDS> {
    type Image = Image<WORDS>;
    type Cell = Bitmap<BITS, WORDS, [(); 0]>;
    const LARGEST: usize = {
        assert!(WORDS == bitmap_words(BITS), "declare it as `Bitmap<BITS, {{ bitmap_words(BITS) }}>`");
        2 * (Levels::of(BITS).count + 1) * Entry::most(8)
    };
    handle!(Bitmap);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        if !Image::<WORDS>::takes(offset, bytes, |header| header.ones <= BITS as u64) {
            return false;
        }
        // Bits that stand for nothing stay clear, or what is full would not look so.
        let last = BITS.div_ceil(64).wrapping_sub(1);
        let is_last = offset != 0 && (offset - Image::<WORDS>::ITEMS) / 8 == last;
        !is_last || u64::read_from_bytes(bytes).is_ok_and(|word| word & !Self::LEVELS.mask(0, last) == 0)
    }
    fn check_image(image: &[u8]) -> bool {
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| header.ones <= BITS as u64)
    }
}
