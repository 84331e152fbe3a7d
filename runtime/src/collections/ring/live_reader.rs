//! [`LiveReader`]: the end of a ring of telemetry that reads.

use super::slots;
use crate::commit::{Entry, Overrun};
use crate::state::{Field, Message, Peer, Place, RingEnd, Role, Shape, live_words};
use core::marker::PhantomData;
use core::sync::atomic::AtomicU64;
use zerocopy::little_endian::U64;
use zerocopy::{FromZeros, IntoBytes};

/// How often a pop goes after a writer that is faster before it gives up.
const ROUNDS: usize = 64;

/// The reading end of a ring of the last `N` values of type `T`, for telemetry; wired to a [`Live`](crate::Live) in
/// `root!`.
///
/// The position is committed state, so what an update or transaction has read counts as read when it commits, and no
/// value is read twice by what was committed; like that of any ring end, a rollback or reset leaves it where it is. Values
/// that were overwritten before they were read are counted as [`missed`](LiveReader::missed); none is ever half of one and
/// half of another. See [`Live`](crate::Live) for an example, and [`Wait::live`](crate::daemon::Wait::live) for waiting.
#[repr(C)]
pub struct LiveReader<T, const N: usize, Tail: ?Sized = [()]> {
    place: Place,
    /// How far the position has moved in this change.
    moved: u64,
    message: PhantomData<T>,
    tail: Tail,
}

impl<T: Message, const N: usize> LiveReader<T, N> {
    /// Values that can be read, without those read so far.
    pub fn len(&self) -> usize {
        // More than `N` were pushed since where the oldest were overwritten.
        self.written().saturating_sub(self.reached()).min(N as u64) as usize
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values that were overwritten before they were read, as far as this reader has noticed. Each is counted once, in the
    /// commit that skips it. One that its writer did not complete counts too.
    pub fn missed(&self) -> u64 {
        match self.place.read(0, size_of::<U64>()) {
            // SAFETY: `read` checked the range; the bytes keep still while `self` is borrowed.
            Some(bytes) => unsafe { core::ptr::read_unaligned(bytes.cast::<U64>()) }.get(),
            None => 0,
        }
    }

    /// Position of the oldest value that can be read: unique in the life of the ring.
    pub fn next_position(&self) -> u64 {
        self.reached().max(self.written().saturating_sub(N as u64))
    }

    /// Reads the oldest value that is left. `None` where there is none, or where the writer has overwritten one after the
    /// other while it was read.
    pub fn pop(&mut self) -> Option<T> {
        for _ in 0..ROUNDS {
            let (reached, at) = (self.reached(), self.next_position());
            if at >= self.written() {
                return None;
            }
            let mut wire = T::Wire::new_zeroed();
            let value = slots::get(self.slot(at)?, at, wire.as_mut_bytes());
            let value = if value { T::decode(wire.as_bytes()) } else { None };
            let missed = at - reached + u64::from(value.is_none());
            if missed != 0 {
                let missed = U64::new(self.missed().wrapping_add(missed));
                self.place.write(0, missed.as_bytes()).ok()?;
            }
            self.moved = (at + 1).saturating_sub(self.place.position());
            if value.is_some() {
                return value;
            }
        }
        None
    }

    /// Reads the values that are there, one by one as the iterator is asked for them, and no more than were there at
    /// first.
    pub fn pop_iter(&mut self) -> impl Iterator<Item = T> + '_ {
        let count = self.len();
        core::iter::from_fn(|| self.pop()).take(count)
    }

    fn peer(&self) -> Option<&Peer> {
        self.place.peers().first()
    }

    fn written(&self) -> u64 {
        self.peer().map_or(0, Peer::position)
    }

    /// The position with what this change has read.
    fn reached(&self) -> u64 {
        self.place.position() + self.moved
    }

    fn slot(&self, position: u64) -> Option<&[AtomicU64]> {
        let words = live_words(size_of::<T::Wire>());
        let slot = position.checked_rem(N as u64)? as usize;
        let at = self.peer()?.image.cast::<AtomicU64>().wrapping_add(slot * words);
        // SAFETY: a peer's image is its `N` slots of this size (checked when the ring was wired), aligned, and mapped as
        // long as this end is; they are written as atomics, and only looked at here.
        Some(unsafe { core::slice::from_raw_parts(at, words) })
    }
}

// SAFETY: the image is a packed number, of which all bytes are valid; it is written as a whole.
#[diagnostic::do_not_recommend]
unsafe impl<T: Message, const N: usize> Field for LiveReader<T, N> {
    type Image = U64;
    type Cell = LiveReader<T, N, [(); 0]>;
    const SHAPE: Shape = Shape::Ring(RingEnd::of::<T>(Role::LiveReader, N, 0));
    const LARGEST: usize = Entry::most(size_of::<U64>());

    fn bind(place: Place) -> Self::Cell {
        LiveReader { place, moved: 0, message: PhantomData, tail: [] }
    }
    fn begin(cell: &mut Self::Cell) {
        cell.moved = 0;
    }
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn adopt(cell: &mut Self::Cell) {
        cell.moved = cell.place.moved_by();
    }
    fn gather(cell: &mut Self::Cell) -> Result<(), Overrun> {
        if cell.moved != 0 {
            cell.place.advance(cell.place.position() + cell.moved);
        }
        Ok(())
    }
    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        offset == 0 && bytes.len() == size_of::<U64>()
    }
    fn check_image(bytes: &[u8]) -> bool {
        bytes.len() == size_of::<U64>()
    }
}
