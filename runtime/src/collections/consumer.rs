//! [`Consumer`]: the end of a ring that pops, with the dead letters.

use super::dead_letters::{Cause, DeadLetter, Letter};
use crate::commit::{Entry, Overrun};
use crate::state::{Attempt, Field, Message, Place, RingEnd, Role, Shape};
use core::marker::PhantomData;
use core::mem::offset_of;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The popping end of a ring of `N` messages of type `T`, with room for `D` dead letters; wired to a
/// `Producer` in `root!`.
///
/// A pop takes effect when the update or transaction commits, together with everything else that it
/// changed, so each message takes effect exactly once. A message whose handling failed as often as the
/// wiring's `attempts` says is set aside as a dead letter by the runtime.
#[repr(C)]
pub struct Consumer<T, const N: usize, const D: usize = 16, Tail: ?Sized = [()]> {
    place: Place,
    popped: u64,
    message: PhantomData<T>,
    tail: Tail,
}

/// What a consumer keeps besides its position.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct Metadata {
    /// Failed attempts at the message at `position`.
    attempts: U32,
    letters: U32,
    /// Where the first letter lies in the ring of letters.
    first: U32,
    reserved: U32,
    position: U64,
}

/// The image of a consumer.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct ConsumerImage<W, const D: usize> {
    metadata: Metadata,
    letters: [Letter<W>; D],
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

    fn is_possible(&self, letters: usize) -> bool {
        self.letters.get() as usize <= letters && (self.first.get() as usize) < letters.max(1)
    }
}

impl<T: Message, const N: usize, const D: usize> Consumer<T, N, D> {
    /// Messages that wait, without those popped so far.
    pub fn len(&self) -> usize {
        // More than `N` can only be read while a producer restarts after a corruption: never believe it.
        self.available().min(N as u64) as usize
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.available() == 0
    }

    fn available(&self) -> u64 {
        self.place.peer_position().unwrap_or(0).saturating_sub(self.next_position())
    }

    /// Position of the message that `pop` takes next: unique in the life of the ring.
    pub fn next_position(&self) -> u64 {
        self.place.position() + self.popped
    }

    /// The next message without taking it.
    pub fn peek(&self) -> Option<T> {
        let wire = self.wire()?;
        self.touch();
        T::decode(wire.as_bytes())
    }

    /// Takes the next message; one whose bytes are no value of the type is set aside and skipped.
    pub fn pop(&mut self) -> Option<T> {
        loop {
            let wire = self.wire()?;
            self.touch();
            if let Some(message) = T::decode(wire.as_bytes()) {
                self.popped += 1;
                return Some(message);
            }
            self.set_aside_next(Cause::Undecodable).ok()?;
        }
    }

    /// Sets the next message aside as a dead letter, because the application cannot use it. Returns whether
    /// there was one and room for it.
    pub fn refuse(&mut self) -> bool {
        !self.is_empty() && self.set_aside_next(Cause::Refused).is_ok()
    }

    /// Notes that the next message is being handled: should that fail, it counts as an attempt.
    fn touch(&self) {
        if self.popped == 0 {
            self.place.touch();
        }
    }

    /// The encoded next message, copied out of the producer's image.
    fn wire(&self) -> Option<T::Wire> {
        if self.available() == 0 {
            return None;
        }
        let peer = self.place.peer()?;
        let slot = (self.next_position() % N as u64) as usize;
        // SAFETY: the producer's image holds `N` messages of this size (checked when the ring was wired).
        // The producer does not touch this slot before this consumer's position has passed it; should it
        // misbehave, all bytes are a valid wire and decoding checks them.
        Some(unsafe { core::ptr::read_volatile(peer.image.cast::<T::Wire>().add(slot)) })
    }

    fn metadata(&self) -> Metadata {
        self.read(0)
    }

    fn read<V: FromBytes>(&self, offset: usize) -> V {
        match self.place.read(offset, size_of::<V>()) {
            // SAFETY: `read` checked the range; the bytes keep still while `self` is borrowed.
            Some(bytes) => unsafe { core::ptr::read_unaligned(bytes.cast()) },
            None => V::new_zeroed(),
        }
    }

    fn letter_at(index: usize) -> usize {
        offset_of!(ConsumerImage<T::Wire, D>, letters) + index * size_of::<Letter<T::Wire>>()
    }

    /// Failed attempts at the next message.
    pub fn attempts(&self) -> u32 {
        let metadata = self.metadata();
        if metadata.position.get() == self.next_position() { metadata.attempts.get() } else { 0 }
    }

    /// Dead letters that are kept, oldest first.
    pub fn dead_letters(&self) -> impl Iterator<Item = DeadLetter<T>> + '_ {
        let metadata = self.metadata();
        let count = (metadata.letters.get() as usize).min(D);
        (0..count).map(move |i| {
            let letter: Letter<T::Wire> =
                self.read(Self::letter_at((metadata.first.get() as usize + i) % D.max(1)));
            DeadLetter {
                position: letter.position.get(),
                attempts: letter.attempts.get(),
                cause: Cause::decode(letter.cause.get()),
                message: T::decode({ letter.message }.as_bytes()),
            }
        })
    }

    /// Takes the oldest dead letter.
    pub fn take_dead_letter(&mut self) -> Option<DeadLetter<T>> {
        let oldest = self.dead_letters().next()?;
        let mut metadata = self.metadata();
        metadata.letters = U32::new(metadata.letters.get() - 1);
        metadata.first = U32::new(metadata.first.get().wrapping_add(1) % D.max(1) as u32);
        self.place.write(0, metadata.as_bytes()).ok()?;
        Some(oldest)
    }

    fn set_aside_next(&mut self, cause: Cause) -> Result<(), Overrun> {
        let wire = self.wire().ok_or(Overrun)?;
        let mut metadata = self.metadata();
        let count = metadata.letters.get() as usize;
        if count >= D {
            return Err(Overrun);
        }
        let letter = Letter {
            position: U64::new(self.next_position()),
            attempts: U32::new(self.attempts()),
            cause: U32::new(cause.encode()),
            message: wire,
        };
        self.place.write(Self::letter_at((metadata.first.get() as usize + count) % D), letter.as_bytes())?;
        metadata.letters = U32::new(count as u32 + 1);
        metadata.attempts = U32::new(0);
        self.place.write(0, metadata.as_bytes())?;
        self.popped += 1;
        Ok(())
    }

    fn count_attempt(&mut self) -> u32 {
        let mut metadata = self.metadata();
        let attempts = self.attempts().saturating_add(1);
        metadata.attempts = U32::new(attempts);
        metadata.position = U64::new(self.next_position());
        // A record holds a few bytes at least, so this write fits.
        let _ = self.place.write(0, metadata.as_bytes());
        attempts
    }
}

// SAFETY: the image is packed and all bytes of it are valid; writes are its metadata or one letter.
#[diagnostic::do_not_recommend]
unsafe impl<T: Message, const N: usize, const D: usize> Field for Consumer<T, N, D> {
    type Image = ConsumerImage<T::Wire, D>;
    type Cell = Consumer<T, N, D, [(); 0]>;
    const SHAPE: Shape = Shape::Ring(RingEnd::of::<T>(Role::Consumer, N, D));
    const LARGEST: usize = Entry::most(size_of::<Letter<T::Wire>>()) + Entry::most(size_of::<Metadata>());

    fn bind(place: Place) -> Self::Cell {
        Consumer { place, popped: 0, message: PhantomData, tail: [] }
    }
    fn begin(cell: &mut Self::Cell) {
        cell.popped = 0;
    }
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn adopt(cell: &mut Self::Cell) {
        cell.popped = cell.place.moved_by();
    }
    fn gather(cell: &mut Self::Cell) -> Result<(), Overrun> {
        if cell.popped != 0 {
            cell.place.advance(cell.place.position() + cell.popped);
        }
        Ok(())
    }
    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        let letters = offset_of!(ConsumerImage<T::Wire, D>, letters);
        let letter = size_of::<Letter<T::Wire>>();
        Metadata::read_from_bytes(bytes).is_ok_and(|metadata| offset == 0 && metadata.is_possible(D))
            || (offset >= letters && (offset - letters).is_multiple_of(letter) && bytes.len() == letter)
    }
    fn check_image(image: &[u8]) -> bool {
        Metadata::read_from_prefix(image).is_ok_and(|(metadata, _)| metadata.is_possible(D))
    }
    fn attempt_failed(cell: &mut Self::Cell) -> Attempt {
        let this = Self::lend(cell);
        let limit = this.place.peer().map_or(0, |peer| peer.attempts);
        if this.is_empty() || limit == 0 {
            return Attempt::Ignored;
        }
        if this.attempts() < limit && this.count_attempt() < limit {
            return Attempt::Counted;
        }
        if this.set_aside_next(Cause::Attempts).is_ok() { Attempt::SetAside } else { Attempt::NoRoom }
    }
}
