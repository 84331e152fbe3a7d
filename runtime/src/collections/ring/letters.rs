//! Dead letters: messages that could not be handled, kept with the reason, and delivered again when that is asked for.

use super::Consumer;
use super::consumer::Next;
use super::metadata::ConsumerImage;
use crate::commit::Overrun;
use crate::state::Message;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Why a message was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its handling failed as often as the wiring allows.
    Attempts,
    /// Its bytes are no value of the message type.
    Undecodable,
    /// A transaction or update set it aside itself.
    Refused,
}

/// A message that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter<T> {
    /// Its position in the ring.
    pub position: u64,
    /// Times its handling was attempted.
    pub attempts: u32,
    /// Why it was set aside.
    pub cause: Cause,
    /// The message; `None` where its bytes are no value of the type.
    pub message: Option<T>,
}

/// How a dead letter lies in state.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C, packed)]
pub struct Letter<W> {
    pub(super) position: U64,
    pub(super) attempts: U32,
    pub(super) cause: U32,
    pub(super) message: W,
}

impl Cause {
    fn encode(self) -> u32 {
        match self {
            Self::Attempts => 0,
            Self::Undecodable => 1,
            Self::Refused => 2,
        }
    }

    /// The cause with this number.
    pub(crate) fn decode(code: u32) -> Self {
        match code {
            1 => Self::Undecodable,
            2 => Self::Refused,
            _ => Self::Attempts,
        }
    }
}

impl<T: Message, const N: usize, const D: usize> Consumer<T, N, D> {
    /// Dead letters that are kept, oldest first.
    pub fn dead_letters(&self) -> impl Iterator<Item = DeadLetter<T>> + '_ {
        let metadata = self.metadata();
        (0..metadata.letters().min(D)).map(move |i| {
            let letter = self.letter(metadata.first.get() as usize + i);
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
        metadata.remove_first(D);
        self.keep(&metadata).ok()?;
        Some(oldest)
    }

    /// Has the oldest `count` dead letters, of those that are not yet to be, delivered again: `pop` takes them in their
    /// order before any newer message, with their attempts counted anew. Returns how many that are.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// # #[daemon(mem = "64KiB")]
    /// # struct Gateway { orders: Producer<u32, 8> }
    /// # #[daemon(mem = "64KiB")]
    /// # struct Ledger { orders: Consumer<u32, 8> }
    /// # let mut gateway = Scratch::<Gateway>::new();
    /// # gateway.update(|s| s.orders.extend_from_slice(&[7, 8])).unwrap();
    /// let mut ledger = Scratch::<Ledger>::wired("orders", &gateway, "orders");
    /// ledger.update(|s| {
    ///     assert!(s.orders.refuse());
    ///     assert_eq!(s.orders.replay_dead_letters(usize::MAX), 1);
    ///     assert_eq!([s.orders.pop(), s.orders.pop()], [Some(7), Some(8)]);
    ///     Ok::<_, ()>(())
    /// }).unwrap();
    /// assert_eq!(ledger.state().orders.dead_letters().count(), 0);
    /// ```
    pub fn replay_dead_letters(&mut self, count: usize) -> usize {
        let mut metadata = self.metadata();
        let more = metadata.replay(count);
        if more != 0 && self.keep(&metadata).is_err() { 0 } else { more }
    }

    /// Dead letters that are to be delivered again.
    pub fn replays(&self) -> usize {
        self.metadata().replays()
    }

    /// Letter `index` of the ring of letters.
    pub(super) fn letter(&self, index: usize) -> Letter<T::Wire> {
        self.read(ConsumerImage::<T::Wire, D>::letter_at(index))
    }

    /// Sets `next` aside.
    ///
    /// # Errors
    /// [`Overrun`] when there is no room for it among the letters or in the record.
    pub(super) fn set_aside(&mut self, next: &Next<T::Wire>, cause: Cause) -> Result<(), Overrun> {
        let attempts = self.attempts_at(next.position);
        let mut metadata = self.taken(next);
        if metadata.is_full(D) {
            return Err(Overrun);
        }
        let letter = Letter {
            position: U64::new(next.position),
            attempts: U32::new(attempts),
            cause: U32::new(cause.encode()),
            message: next.wire,
        };
        let end = metadata.first.get() as usize + metadata.letters();
        self.place.write(ConsumerImage::<T::Wire, D>::letter_at(end), letter.as_bytes())?;
        metadata.letters = U32::new(metadata.letters.get() + 1);
        metadata.attempts = U32::new(0);
        self.keep(&metadata)?;
        self.pass(next);
        Ok(())
    }
}
