//! How a consumer lies in state: what it keeps besides its position, and its dead letters.

use super::letters::{Cause, Letter};
use crate::state::RingEnd;
use core::mem::offset_of;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// What a consumer keeps besides its position.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct Metadata {
    /// Failed attempts at the message at `position`.
    pub(super) attempts: U32,
    pub(super) letters: U32,
    /// Where the first letter lies in the ring of letters.
    pub(super) first: U32,
    /// Letters, from the first on, that are delivered again before newer messages.
    pub(super) replays: U32,
    pub(super) position: U64,
    /// Messages that were overwritten before they were taken.
    pub(super) missed: U64,
    /// How many letters root has asked for in this consumer's life, as far as that was carried out.
    asked: U32,
    reserved: U32,
}

/// The image of a consumer.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct ConsumerImage<W, const D: usize> {
    metadata: Metadata,
    letters: [Letter<W>; D],
}

impl<W, const D: usize> ConsumerImage<W, D> {
    pub(super) const LETTERS: usize = offset_of!(Self, letters);

    /// Where letter `index` of the ring of letters lies.
    pub(super) fn letter_at(index: usize) -> usize {
        Self::LETTERS + index % D.max(1) * size_of::<Letter<W>>()
    }
}

impl Metadata {
    /// Whether the message at `position` has failed `limit` times.
    pub(crate) fn is_spent(&self, position: u64, limit: u32) -> bool {
        limit != 0 && self.position.get() == position && self.attempts.get() >= limit
    }

    /// Whether there is no room for another of `letters` dead letters.
    pub(crate) fn is_full(&self, letters: usize) -> bool {
        self.letters.get() as usize >= letters
    }

    /// Dead letters.
    pub(crate) fn letters(&self) -> usize {
        self.letters.get() as usize
    }

    /// Dead letters that are to be delivered again.
    pub(crate) fn replays(&self) -> usize {
        self.replays.get().min(self.letters.get()) as usize
    }

    /// Messages that were missed.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.get()
    }

    /// Where letter `index`, of as many as there is room for, lies in the image where messages have `size` bytes.
    pub(crate) fn letter_at(&self, index: usize, size: usize, room: usize) -> usize {
        let index = (self.first.get() as usize).wrapping_add(index) % room.max(1);
        size_of::<Self>() + index * (size_of::<Letter<()>>() + size)
    }

    /// Position, attempts and cause of letter `index` in the image of consumer `end`.
    pub(crate) fn letter(&self, image: &[u8], index: usize, end: &RingEnd) -> Option<(u64, u32, Cause)> {
        let letter = image.get(self.letter_at(index, end.size, end.letters)..)?;
        let (letter, _) = Letter::<()>::read_from_prefix(letter).ok()?;
        Some((letter.position.get(), letter.attempts.get(), Cause::decode(letter.cause.get())))
    }

    /// Has up to `count` letters more delivered again, of those that are not yet; returns how many.
    pub(crate) fn replay(&mut self, count: usize) -> usize {
        let more = count.min(self.letters().saturating_sub(self.replays()));
        self.replays = U32::new((self.replays() + more) as u32);
        more
    }

    /// Whether everything was carried out that root has asked for: so many letters in this consumer's life.
    pub(crate) fn has_answered(&self, asked: u32) -> bool {
        self.asked.get() == asked
    }

    /// Has as many letters more delivered again as root has asked for since, and notes that; returns how many.
    pub(crate) fn answer(&mut self, asked: u32) -> usize {
        let more = asked.wrapping_sub(self.asked.get());
        self.asked = U32::new(asked);
        self.replay(more as usize)
    }

    /// Takes the first letter out.
    pub(super) fn remove_first(&mut self, room: usize) {
        let letters = self.letters.get().saturating_sub(1);
        self.letters = U32::new(letters);
        self.first = U32::new(self.first.get().wrapping_add(1) % room.max(1) as u32);
        self.replays = U32::new(self.replays.get().saturating_sub(1).min(letters));
    }

    pub(super) fn is_possible(&self, room: usize) -> bool {
        self.letters() <= room
            && (self.first.get() as usize) < room.max(1)
            && self.replays.get() <= self.letters.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::FromZeros;

    #[test]
    fn letters_lie_where_the_type_says() {
        let mut metadata = Metadata::new_zeroed();
        metadata.first = U32::new(2);
        for index in 0..6 {
            let at = ConsumerImage::<[u8; 5], 3>::letter_at(2 + index);
            assert_eq!(metadata.letter_at(index, 5, 3), at, "{index}");
        }
    }
}
