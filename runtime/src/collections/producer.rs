//! [`Producer`]: the end of a ring that pushes.

use crate::commit::{Entry, Overrun};
use crate::state::{Field, Message, Place, RingEnd, Role, Shape};
use core::marker::PhantomData;

/// The pushing end of a ring of `N` messages of type `T`; wired to a `Consumer` in `root!`.
///
/// What is pushed becomes visible to the consumer when the update or transaction commits, together with
/// everything else that it changed.
#[repr(C)]
pub struct Producer<T, const N: usize, Tail: ?Sized = [()]> {
    place: Place,
    pushed: u64,
    message: PhantomData<T>,
    tail: Tail,
}

/// The ring has no room: the consumer has not committed far enough. Hands the message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ring is full: wait for room with `Handle::wait_for` and `Wait::room`")]
pub struct Full<T>(pub T);

impl<T: Message, const N: usize> Producer<T, N> {
    /// Messages the ring holds, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Messages pushed and not yet popped by a commit of the consumer.
    pub fn len(&self) -> usize {
        (self.place.position() + self.pushed).saturating_sub(self.consumed()) as usize
    }

    /// Whether the consumer has popped everything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that can be pushed now.
    pub fn room(&self) -> usize {
        N.saturating_sub(self.len())
    }

    fn consumed(&self) -> u64 {
        // Not wired: as if nothing had ever been popped.
        self.place.peer_position().unwrap_or(0)
    }

    /// Pushes a message.
    ///
    /// # Errors
    /// [`Full`] with the message when there is no room in the ring, or in the record; in the latter case the
    /// update or transaction fails as over budget.
    pub fn push(&mut self, message: T) -> Result<(), Full<T>> {
        if self.room() == 0 {
            return Err(Full(message));
        }
        let slot = ((self.place.position() + self.pushed) % N as u64) as usize;
        let mut wire = <T::Wire as zerocopy::FromZeros>::new_zeroed();
        message.encode(zerocopy::IntoBytes::as_mut_bytes(&mut wire));
        let size = size_of::<T::Wire>();
        // A message without content needs no room: its position says that it is there.
        if size != 0 && self.place.write(slot * size, zerocopy::IntoBytes::as_bytes(&wire)).is_err() {
            return Err(Full(message));
        }
        self.pushed += 1;
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
        size != 0 && offset.is_multiple_of(size) && bytes.len() == size
    }
    fn check_image(_: &[u8]) -> bool {
        true
    }
}
