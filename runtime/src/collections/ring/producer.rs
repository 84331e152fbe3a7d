//! [`Producer`]: the end of a ring that pushes.

use crate::collections::CollectionError;
use crate::commit::{Entry, Overrun};
use crate::daemon::wait_for_room;
use crate::state::{Field, Message, Place, RingEnd, Role, Shape, WhenFull, slowest};
use core::marker::PhantomData;

/// The pushing end of a ring of `N` messages of type `T`; wired to one `Consumer` or more in `root!`.
///
/// What is pushed becomes visible to the consumers when the update or transaction commits, together with
/// everything else that it changed. Each consumer gets every message.
///
/// A message stays until every consumer has committed that it took it. One whose daemon has ended for good, because it
/// was done, is `temporary` or was abandoned, does not count any more. What happens while there is no room, the
/// wiring says: `full = refuse` (the default), `wait` or `drop_oldest`.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "64KiB")]
/// struct Gateway { orders: Producer<u32, 3> }
///
/// let mut gateway = Scratch::<Gateway>::new();
/// gateway.update(|s| {
///     s.orders.push(1).unwrap();
///     assert_eq!(s.orders.push_slice(&[2, 3, 4]), 2);
///     assert_eq!(s.orders.push(4), Err(Full(4)));
///     Ok::<_, ()>(())
/// }).unwrap();
/// assert_eq!(gateway.state().orders.len(), 3);
/// ```
#[repr(C)]
pub struct Producer<T, const N: usize, Tail: ?Sized = [()]> {
    place: Place,
    pushed: u64,
    message: PhantomData<T>,
    tail: Tail,
}

/// The ring has no room: some consumer has not committed far enough. Hands the message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ring is full: wait for room with `Handle::wait_for` and `Wait::room`, or wire it with `full = wait`"
)]
pub struct Full<T>(pub T);

/// How far a consumer is behind its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The consumer's daemon.
    pub daemon: &'static str,
    /// Its field.
    pub field: &'static str,
    /// Committed messages that it has not taken: with `full = drop_oldest` also those that it will miss.
    pub messages: u64,
    /// Whether its daemon has ended for good, and nobody waits for it.
    pub has_ended: bool,
}

impl<T: Message, const N: usize> Producer<T, N> {
    /// Messages the ring holds, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Messages pushed and not yet popped by a commit of the slowest consumer.
    pub fn len(&self) -> usize {
        self.next_position().saturating_sub(self.consumed()).min(N as u64) as usize
    }

    /// Whether every consumer has popped everything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that can be pushed now. With `full = drop_oldest` as many as one change may push.
    pub fn room(&self) -> usize {
        let taken = if self.policy() == WhenFull::DropOldest { self.pushed } else { self.len() as u64 };
        N.saturating_sub(taken as usize)
    }

    /// Position that the next message gets: unique in the life of the ring, and for each consumer the same.
    pub fn next_position(&self) -> u64 {
        self.place.position() + self.pushed
    }

    /// How far each consumer is behind what is committed.
    pub fn lags(&self) -> impl Iterator<Item = Lag> + '_ {
        let position = self.place.position();
        self.place.peers().iter().map(move |peer| Lag {
            daemon: peer.daemon,
            field: peer.field,
            messages: position.saturating_sub(peer.position()),
            has_ended: peer.has_ended(),
        })
    }

    /// The row of its field in the daemon's table.
    pub(crate) fn row(&self) -> usize {
        self.place.row()
    }

    fn policy(&self) -> WhenFull {
        self.place.peers().first().map_or(WhenFull::Refuse, |peer| peer.when_full)
    }

    fn consumed(&self) -> u64 {
        match self.place.peers() {
            // Not wired: as if nothing had ever been popped.
            [] => 0,
            // Where nobody counts any more, nothing is waited for but this change itself.
            peers => slowest(peers).unwrap_or_else(|| self.place.position()),
        }
    }

    /// Whether there is room for `count` more, after having waited for it where the wiring says so.
    fn make_room(&self, count: usize) -> bool {
        if self.room() >= count {
            return true;
        }
        // What this change has pushed nobody takes before it commits: there is no waiting for that.
        let possible = count <= N && self.pushed <= (N - count) as u64;
        let waits = possible && self.policy() == WhenFull::Wait;
        waits && wait_for_room(self.place.peers(), || self.room() >= count)
    }

    /// Pushes a message. With `full = wait` it waits until there is room, for which some consumer must commit: the
    /// daemon is idle meanwhile, and a transaction's `timeout` goes on. It does not wait where this change itself
    /// has filled the ring, and no longer than until the daemon is asked to stop. Who fails for want of room has not
    /// failed at the messages that it was handling: that is no attempt at them. Daemons that wait for each other's rings in
    /// a circle, all of them full, wait until they are stopped.
    ///
    /// # Errors
    /// [`Full`] with the message when there is no room in the ring, or in the record; in the latter case the
    /// update or transaction fails as over budget.
    pub fn push(&mut self, message: T) -> Result<(), Full<T>> {
        if !self.make_room(1) || self.write(core::slice::from_ref(&message)).is_err() {
            return Err(Full(message));
        }
        Ok(())
    }

    /// Pushes all of `messages`, or none. With `full = wait` it waits as [`push`](Producer::push) does. Cheaper than one
    /// by one: each piece of the ring is one entry of the record.
    ///
    /// # Errors
    /// [`CollectionError`] when there is no room for all of them in the ring, or in the record; in the latter case the
    /// update or transaction fails.
    pub fn extend_from_slice(&mut self, messages: &[T]) -> Result<(), CollectionError> {
        if !self.make_room(messages.len()) {
            return Err(CollectionError::Full);
        }
        Ok(self.write(messages)?)
    }

    /// Pushes as many of `messages` as there is room for now, from the first on, and returns how many. It never waits.
    pub fn push_slice(&mut self, messages: &[T]) -> usize {
        let count = messages.len().min(self.room());
        if self.write(&messages[..count]).is_ok() { count } else { 0 }
    }

    /// Writes messages that there is room for, in one piece up to the end of the ring and one from its start.
    fn write(&mut self, messages: &[T]) -> Result<(), Overrun> {
        let size = size_of::<T::Wire>();
        let mut rest = messages;
        // A message without content needs no room: its position says that it is there.
        while size != 0 && !rest.is_empty() {
            let slot = ((self.next_position() + (messages.len() - rest.len()) as u64) % N as u64) as usize;
            let (piece, others) = rest.split_at(rest.len().min(N - slot));
            self.place.write_with(slot * size, piece.len() * size, |out| {
                for (message, wire) in piece.iter().zip(out.chunks_exact_mut(size)) {
                    message.encode(wire);
                }
            })?;
            rest = others;
        }
        self.pushed += messages.len() as u64;
        Ok(())
    }
}

// SAFETY: the image is `N` encoded messages, for which all bytes are valid; writes stay inside it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Message, const N: usize> Field for Producer<T, N> {
    type Image = [T::Wire; N];
    type Cell = Producer<T, N, [(); 0]>;
    const SHAPE: Shape = Shape::Ring(RingEnd::of::<T>(Role::Producer, N, 0));
    const LARGEST: usize = Entry::most(size_of::<T::Wire>());

    fn bind(place: Place) -> Self::Cell {
        Producer { place, pushed: 0, message: PhantomData, tail: [] }
    }
    fn begin(cell: &mut Self::Cell) {
        cell.pushed = 0;
    }
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn adopt(cell: &mut Self::Cell) {
        cell.pushed = cell.place.moved_by();
    }
    fn gather(cell: &mut Self::Cell) -> Result<(), Overrun> {
        if cell.pushed != 0 {
            cell.place.advance(cell.place.position() + cell.pushed);
        }
        Ok(())
    }
    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        let size = size_of::<T::Wire>();
        let whole = size != 0 && offset.is_multiple_of(size) && !bytes.is_empty();
        // A consumer could only set aside what is no value of the type.
        whole
            && bytes.len().is_multiple_of(size)
            && bytes.chunks_exact(size).all(|wire| T::decode(wire).is_some())
    }
    fn check_image(_: &[u8]) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_value_of_the_type_is_not_pushed() {
        let check = <Producer<bool, 4> as Field>::check_write;
        assert!(check(1, &[1, 0]));
        assert!(!check(1, &[1, 2]) && !check(0, &[]));
    }
}
