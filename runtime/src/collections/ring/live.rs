//! [`Live`]: the end of a ring of telemetry that pushes.

use super::slots;
use crate::commit::Overrun;
use crate::daemon::wake_readers;
use crate::state::{Field, LIVE_HEAD, Message, Place, RingEnd, Role, Shape, live_words};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU64, Ordering};
use zerocopy::{FromZeros, IntoBytes};

/// The pushing end of a ring of the last `N` values of type `T`, for telemetry; wired to one [`LiveReader`] or more in
/// `root!`, without options.
///
/// What is pushed is there at once, and no part of the change around it: nothing of it is committed, discarded, rolled
/// back or reset. Only the daemon itself pushes; a transaction that borrows the ring with `&mut` does not compile. A push
/// waits for nobody: when the ring is full it takes the place of the oldest value, and readers count what they
/// missed. It costs no commit and no record.
///
/// The values lie in pages of their own, behind the rest of the daemon's region: the daemon writes them through the
/// mapping that no other process has, and everybody reads them. So they outlive the daemon. One that dies within a push
/// leaves everything but the value that it was just replacing, and its successor goes on behind the last one that was
/// pushed.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "64KiB")]
/// struct Engine { speed: Live<u32, 4>, turns: u64 }
/// #[daemon(mem = "64KiB")]
/// struct Panel { speed: LiveReader<u32, 4>, highest: u32 }
///
/// let mut engine = Scratch::<Engine>::new();
/// let mut panel = Scratch::<Panel>::wired("speed", &engine, "speed");
/// let refused: Result<(), _> = engine.update(|s| {
///     s.speed.extend_from_slice(&[10, 20, 30, 40, 50]);
///     *s.turns += 1;
///     Err("not committed")
/// });
/// assert!(refused.is_err() && *engine.state().turns == 0);
/// panel.update(|s| {
///     assert_eq!(s.speed.pop_iter().collect::<Vec<_>>(), [20, 30, 40, 50]);
///     assert_eq!(s.speed.missed(), 1);
///     Ok::<_, ()>(())
/// }).unwrap();
/// ```
///
/// [`LiveReader`]: crate::LiveReader
#[repr(C)]
pub struct Live<T, const N: usize, Tail: ?Sized = [()]> {
    place: Place,
    message: PhantomData<T>,
    tail: Tail,
}

impl<T: Message, const N: usize> Live<T, N> {
    /// Values that the ring holds, `N`.
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Position that the next value gets: unique in the life of the ring.
    pub fn next_position(&self) -> u64 {
        // SAFETY: the ring begins with its position, which is always mapped for reading, and aligned.
        unsafe { &*self.place.committed().cast::<AtomicU64>() }.load(Ordering::Acquire)
    }

    /// Pushes a value, in place of the oldest when the ring is full.
    #[expect(clippy::needless_pass_by_value, reason = "as every push takes it")]
    pub fn push(&mut self, value: T) {
        self.extend_from_slice(core::slice::from_ref(&value));
    }

    /// Pushes all of `values`, of which the last `N` stay. Readers are woken once.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        let from = self.place.outside();
        if from.is_null() || values.is_empty() {
            return;
        }
        // SAFETY: the daemon's alias of the ring's position, by the contract of `Place::writable_at`.
        let position = unsafe { &*from.cast::<AtomicU64>() };
        let mut at = position.load(Ordering::Relaxed);
        for value in values {
            let mut wire = T::Wire::new_zeroed();
            value.encode(wire.as_mut_bytes());
            // SAFETY: the alias is there as long as this end, by the contract of `Place::writable_at`.
            slots::put(unsafe { Self::slot(from, at) }, at, wire.as_bytes());
            at += 1;
            position.store(at, Ordering::Release);
        }
        wake_readers(self.place.peers(), self.place.committed().cast());
    }

    /// The slot of a position.
    ///
    /// # Safety
    /// `from` must be where the daemon's alias of the ring begins, for as long as the slot is used.
    unsafe fn slot<'a>(from: *mut u8, position: u64) -> &'a [AtomicU64] {
        let words = live_words(size_of::<T::Wire>());
        let slot = position.checked_rem(N as u64).unwrap_or(0) as usize;
        let at = from.wrapping_add(LIVE_HEAD).cast::<AtomicU64>().wrapping_add(slot * words);
        // SAFETY: one of the ring's `N` slots (`RingEnd::outside`), aligned, in the alias by the caller's contract; all that
        // is ever made of it is atomics.
        unsafe { core::slice::from_raw_parts(at, words) }
    }
}

// SAFETY: there is no image, and so nothing is ever written to it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Message, const N: usize> Field for Live<T, N> {
    type Image = PhantomData<T>;
    type Cell = Live<T, N, [(); 0]>;
    const SHAPE: Shape = Shape::Ring(RingEnd::of::<T>(Role::Live, N, 0));
    const LARGEST: usize = 0;

    fn bind(place: Place) -> Self::Cell {
        Live { place, message: PhantomData, tail: [] }
    }
    fn begin(_: &mut Self::Cell) {}
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn gather(_: &mut Self::Cell) -> Result<(), Overrun> {
        Ok(())
    }
    fn check_write(_: usize, _: &[u8]) -> bool {
        false
    }
    fn check_image(bytes: &[u8]) -> bool {
        bytes.is_empty()
    }
}
