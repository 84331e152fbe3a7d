//! [`Consumer`]: the end of a ring that pops.

use super::letters::{Cause, Letter};
use super::metadata::{ConsumerImage, Metadata};
use crate::commit::{Entry, Overrun, racing, read};
use crate::protocol::positions;
use crate::state::{Attempt, Field, Message, Peer, Place, RingEnd, Role, Shape, WhenFull};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::time::Duration;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

/// How long a message may be half-way overwritten by a producer that died: its successor recovers it.
const PATIENCE: Duration = Duration::from_millis(100);

/// Bytes of messages that are copied out at once, to be decoded where they are going.
const AT_ONCE: usize = 4096;

/// The popping end of a ring of `N` messages of type `T`, with room for `D` dead letters; wired to a
/// `Producer` in `root!`.
///
/// A pop takes effect when the update or transaction commits, together with everything else that it
/// changed, so each message takes effect exactly once. A message whose handling failed as often as the
/// wiring's `attempts` says is set aside as a dead letter by the runtime.
///
/// Where the wiring says `full = drop_oldest`, a consumer that was too slow goes on with the oldest message that is
/// left, and [`missed`](Consumer::missed) counts those that were not.
///
/// What a ring holds and how far its ends are is taken back by no rollback and no reset.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "64KiB")]
/// struct Gateway { orders: Producer<u32, 8> }
/// #[daemon(mem = "64KiB")]
/// struct Ledger { orders: Consumer<u32, 8>, sum: u32 }
///
/// let mut gateway = Scratch::<Gateway>::new();
/// let mut ledger = Scratch::<Ledger>::wired("orders", &gateway, "orders");
/// gateway.update(|s| s.orders.extend_from_slice(&[1, 2, 3])).unwrap();
/// ledger.update(|s| {
///     *s.sum += s.orders.pop_iter().sum::<u32>();
///     Ok::<_, ()>(())
/// }).unwrap();
/// assert_eq!(*ledger.state().sum, 6);
/// assert!(ledger.state().orders.is_empty());
/// ```
#[repr(C)]
pub struct Consumer<T, const N: usize, const D: usize = 16, Tail: ?Sized = [()]> {
    pub(super) place: Place,
    /// How far the position has moved in this change.
    popped: u64,
    /// Whether the change has taken any message.
    begun: bool,
    message: PhantomData<T>,
    tail: Tail,
}

/// What `pop` takes next.
pub struct Next<W> {
    pub(super) position: u64,
    pub(super) wire: W,
    /// Whether it is a dead letter that is delivered again.
    is_letter: bool,
}

impl<T: Message, const N: usize, const D: usize> Consumer<T, N, D> {
    /// Messages that wait, without those popped so far, and with dead letters that are to be delivered again.
    pub fn len(&self) -> usize {
        // More than `N` wait where the oldest were overwritten.
        self.lag().min(N as u64) as usize + self.metadata().replays()
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How far this consumer is behind the producer's last commit, in messages. More than the ring holds where messages
    /// were overwritten that it has not taken: the next `pop` skips them.
    pub fn lag(&self) -> u64 {
        self.peer().map_or(0, |peer| peer.position().saturating_sub(self.reached()))
    }

    /// Messages that were overwritten before this consumer took them, as far as it has noticed: only with
    /// `full = drop_oldest`. Each is counted once, in the commit that skips it.
    pub fn missed(&self) -> u64 {
        self.metadata().missed()
    }

    /// Position of the message that `pop` takes next: unique in the life of the ring. With `full = drop_oldest`, `pop`
    /// may have to skip it.
    pub fn next_position(&self) -> u64 {
        let metadata = self.metadata();
        if metadata.replays() != 0 {
            return self.letter(metadata.first.get() as usize).position.get();
        }
        match self.peer() {
            Some(peer) if peer.when_full == WhenFull::DropOldest => {
                self.reached().max(peer.position().saturating_sub(N as u64))
            }
            _ => self.reached(),
        }
    }

    /// The next message without taking it.
    pub fn peek(&self) -> Option<T> {
        let next = self.next()?;
        self.touch();
        T::decode(next.wire.as_bytes())
    }

    /// Takes the next message; one whose bytes are no value of the type is set aside and skipped.
    pub fn pop(&mut self) -> Option<T> {
        loop {
            let next = self.next()?;
            self.touch();
            match T::decode(next.wire.as_bytes()) {
                Some(message) => return self.take(&next).ok().map(|()| message),
                // What is set aside again is not delivered again, so this comes to an end.
                None if self.set_aside(&next, Cause::Undecodable).is_ok() => {}
                None => {
                    log::error!(
                        "the message at {} is no value of its type, and there is no room for another dead letter: the ring stands still until one is taken",
                        next.position
                    );
                    return None;
                }
            }
        }
    }

    /// Takes the messages that wait, one by one as the iterator is asked for them, and none that arrive meanwhile. What
    /// it is not asked for stays in the ring.
    pub fn pop_iter(&mut self) -> impl Iterator<Item = T> + '_ {
        let count = self.len();
        core::iter::from_fn(|| self.pop()).take(count)
    }

    /// Takes as many messages as wait and fit into `messages`; returns how many, which are the first ones there.
    pub fn pop_slice(&mut self, messages: &mut [T]) -> usize {
        let most = self.len().min(messages.len());
        let mut count = 0;
        while count < most {
            let popped = self.pop_piece(&mut messages[count..most]);
            count += popped;
            if popped == 0 {
                let Some(message) = self.pop() else { break };
                messages[count] = message;
                count += 1;
            }
        }
        count
    }

    /// Takes messages that lie one after the other, as many as can be had at once: none where the next one is a letter,
    /// no value, larger than what is copied at once, or in a ring that drops the oldest.
    fn pop_piece(&mut self, messages: &mut [T]) -> usize {
        let size = size_of::<T::Wire>();
        let Some(peer) = self.peer().filter(|peer| peer.when_full != WhenFull::DropOldest) else { return 0 };
        let position = self.reached();
        let (slot, waiting) =
            ((position % N.max(1) as u64) as usize, peer.position().saturating_sub(position));
        let count =
            messages.len().min(N - slot).min(waiting as usize).min(AT_ONCE.checked_div(size).unwrap_or(0));
        if count == 0 || self.metadata().replays() != 0 {
            return 0;
        }
        self.touch();
        let mut copy = MaybeUninit::<[u128; AT_ONCE / 16]>::uninit();
        let from = Self::slot(peer, position);
        // SAFETY: as in `next`, for so many slots that lie one after the other; the copy has room for as many, and what is
        // looked at of it is what was copied.
        let bytes = unsafe {
            racing::copy(from, copy.as_mut_ptr().cast(), count * size);
            core::slice::from_raw_parts(copy.as_ptr().cast::<u8>(), count * size)
        };
        let pairs = messages.iter_mut().zip(bytes.chunks_exact(size)).take(count);
        let mut popped = 0;
        for (message, wire) in pairs {
            if !T::decode_into(wire, message) {
                break;
            }
            popped += 1;
        }
        if popped != 0 {
            self.begun = true;
            self.popped += popped as u64;
        }
        popped
    }

    /// Sets the next message aside as a dead letter, because the application cannot use it. Returns whether
    /// there was one and room for it.
    pub fn refuse(&mut self) -> bool {
        self.next().is_some_and(|next| self.set_aside(&next, Cause::Refused).is_ok())
    }

    /// Failed attempts at the next message.
    pub fn attempts(&self) -> u32 {
        self.attempts_at(self.next_position())
    }

    pub(super) fn attempts_at(&self, position: u64) -> u32 {
        let metadata = self.metadata();
        if metadata.position.get() == position { metadata.attempts.get() } else { 0 }
    }

    /// The row of its field in the daemon's table.
    pub(crate) fn row(&self) -> usize {
        self.place.row()
    }

    fn peer(&self) -> Option<&Peer> {
        self.place.peers().first()
    }

    /// The position with what this change has popped: no dead letter that is delivered again moves it.
    pub(crate) fn reached(&self) -> u64 {
        self.place.position() + self.popped
    }

    /// Notes that the next message is being handled: should that fail, it counts as an attempt.
    fn touch(&self) {
        if !self.begun {
            self.place.touch();
        }
    }

    /// What `pop` takes next.
    fn next(&self) -> Option<Next<T::Wire>> {
        let metadata = self.metadata();
        if metadata.replays() != 0 {
            let letter = self.letter(metadata.first.get() as usize);
            return Some(Next { position: letter.position.get(), wire: letter.message, is_letter: true });
        }
        let peer = self.peer()?;
        let position = self.reached();
        if peer.when_full == WhenFull::DropOldest {
            return Self::next_left(peer, position);
        }
        if !positions::is_committed(peer.place(), position) {
            return None;
        }
        // SAFETY: the producer's image holds `N` messages of this size (checked when the ring was wired).
        // The producer does not touch this slot before this consumer's position has passed it; should it
        // misbehave, all bytes are a valid wire and decoding checks them.
        let wire = unsafe {
            let mut wire = MaybeUninit::<T::Wire>::uninit();
            racing::copy(Self::slot(peer, position), wire.as_mut_ptr().cast(), size_of::<T::Wire>());
            wire.assume_init()
        };
        Some(Next { position, wire, is_letter: false })
    }

    /// The oldest message from `position` on that is not overwritten, where the producer does not wait for anybody.
    fn next_left(peer: &Peer, position: u64) -> Option<Next<T::Wire>> {
        if !positions::is_committed(peer.place(), position) {
            return None;
        }
        let (mut wire, mut found) = (T::Wire::new_zeroed(), None);
        let mut look = || {
            found = positions::oldest_left(peer.place(), position, N as u64);
            let Some(at) = found else { return };
            // SAFETY: a slot of the producer's image has the size of a wire, of which all bytes are valid; it may be
            // written meanwhile.
            unsafe {
                racing::copy(Self::slot(peer, at), wire.as_mut_bytes().as_mut_ptr(), size_of::<T::Wire>());
            }
        };
        // SAFETY: the peer's header is mapped as long as this value lives.
        unsafe { read(peer.header, PATIENCE, &mut look) }.ok()?;
        found.map(|position| Next { position, wire, is_letter: false })
    }

    fn slot(peer: &Peer, position: u64) -> *const u8 {
        let slot = position.checked_rem(N as u64).unwrap_or(0) as usize;
        peer.image.wrapping_add(slot * size_of::<T::Wire>())
    }

    /// What is kept once `next` is taken; to be kept before [`pass`](Self::pass).
    pub(super) fn taken(&self, next: &Next<T::Wire>) -> Metadata {
        let mut metadata = self.metadata();
        if next.is_letter {
            metadata.remove_first(D);
        } else {
            metadata.missed += next.position.saturating_sub(self.reached());
        }
        metadata
    }

    /// Moves on behind `next`.
    pub(super) fn pass(&mut self, next: &Next<T::Wire>) {
        self.begun = true;
        if !next.is_letter {
            self.popped = next.position.saturating_add(1).saturating_sub(self.place.position());
        }
    }

    fn take(&mut self, next: &Next<T::Wire>) -> Result<(), Overrun> {
        // Most messages need no more than that the position moves.
        if next.is_letter || next.position != self.reached() {
            self.keep(&self.taken(next))?;
        }
        self.pass(next);
        Ok(())
    }

    pub(super) fn metadata(&self) -> Metadata {
        self.read(0)
    }

    pub(super) fn keep(&self, metadata: &Metadata) -> Result<(), Overrun> {
        self.place.write(0, metadata.as_bytes())
    }

    pub(super) fn read<V: FromBytes>(&self, offset: usize) -> V {
        match self.place.read(offset, size_of::<V>()) {
            // SAFETY: `read` checked the range; the bytes keep still while `self` is borrowed.
            Some(bytes) => unsafe { core::ptr::read_unaligned(bytes.cast()) },
            None => V::new_zeroed(),
        }
    }

    fn count_attempt(&self, position: u64) -> u32 {
        let mut metadata = self.metadata();
        let attempts = self.attempts_at(position).saturating_add(1);
        metadata.attempts = U32::new(attempts);
        metadata.position = U64::new(position);
        // A record holds a few bytes at least, so this write fits.
        let _ = self.keep(&metadata);
        attempts
    }
}

/// Whether a producer of `capacity` messages of type `T` has one at `position`, and not only bytes.
pub fn decodes<T: Message>(producer: &Peer, capacity: usize, position: u64) -> bool {
    let slot = position.checked_rem(capacity as u64).unwrap_or(0) as usize;
    let from = producer.image.wrapping_add(slot * size_of::<T::Wire>());
    let mut wire = T::Wire::new_zeroed();
    // SAFETY: as in `Consumer::next`.
    unsafe { racing::copy(from, wire.as_mut_bytes().as_mut_ptr(), size_of::<T::Wire>()) };
    T::decode(wire.as_bytes()).is_some()
}

// SAFETY: the image is packed and all bytes of it are valid; writes are its metadata or one letter.
#[diagnostic::do_not_recommend]
unsafe impl<T: Message, const N: usize, const D: usize> Field for Consumer<T, N, D> {
    type Image = ConsumerImage<T::Wire, D>;
    type Cell = Consumer<T, N, D, [(); 0]>;
    const SHAPE: Shape = Shape::Ring(RingEnd::of::<T>(Role::Consumer, N, D));
    const LARGEST: usize = Entry::most(size_of::<Letter<T::Wire>>()) + Entry::most(size_of::<Metadata>());

    fn bind(place: Place) -> Self::Cell {
        Consumer { place, popped: 0, begun: false, message: PhantomData, tail: [] }
    }
    fn begin(cell: &mut Self::Cell) {
        (cell.popped, cell.begun) = (0, false);
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
        let letter = size_of::<Letter<T::Wire>>();
        Metadata::read_from_bytes(bytes).is_ok_and(|metadata| offset == 0 && metadata.is_possible(D))
            || offset
                .checked_sub(ConsumerImage::<T::Wire, D>::LETTERS)
                .is_some_and(|at| at.is_multiple_of(letter) && bytes.len() == letter)
    }
    fn check_image(image: &[u8]) -> bool {
        Metadata::read_from_prefix(image).is_ok_and(|(metadata, _)| metadata.is_possible(D))
    }
    fn attempt_failed(cell: &mut Self::Cell) -> Attempt {
        let this = Self::lend(cell);
        let limit = this.peer().map_or(0, |peer| peer.attempts);
        let Some(next) = this.next().filter(|_| limit != 0) else { return Attempt::Ignored };
        if this.attempts_at(next.position) < limit && this.count_attempt(next.position) < limit {
            return Attempt::Counted;
        }
        if this.set_aside(&next, Cause::Attempts).is_ok() { Attempt::SetAside } else { Attempt::NoRoom }
    }
}
