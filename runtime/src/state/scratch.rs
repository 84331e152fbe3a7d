//! [`Scratch`]: a daemon's state without any process, for unit tests.

mod trial;

use super::{FieldSet, Peer, Place, Role, Shape, State, shared_end};
use crate::commit::{Header, Log, Region};
use crate::failure::Failure;
use crate::layout::{IMAGE, Layout, PAGE};
use core::ptr::NonNull;
use core::sync::atomic::Ordering;
use std::rc::Rc;

/// The state of daemon `S` in ordinary memory, with the same commits, limits and collections as in a tree.
///
/// Calls what a transaction runs (`settle_inline`) or any closure, and shows the committed state.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "64KiB")]
/// struct Counter { count: u64 }
///
/// let mut counter = Scratch::<Counter>::new();
/// let refused: Result<(), Failure<&str>> = counter.update(|s| { *s.count = 1; Err("no") });
/// assert!(matches!(refused, Err(Failure::Task("no"))));
/// assert_eq!(*counter.state().count, 0);
/// ```
pub struct Scratch<S: State> {
    pub(crate) cells: S::Cells,
    pub(crate) region: Region,
    log: NonNull<Log>,
    memory: Rc<Memory>,
    /// Keeps what a wired peer's pointers lead to.
    _peer: Option<Rc<Memory>>,
    stamp: u32,
}

impl<S: State> Default for Scratch<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: State> Scratch<S> {
    /// All-zero state; ring ends are not wired, so that nothing can be popped and `N` messages be pushed.
    pub fn new() -> Self {
        Self::build(None, None)
    }

    /// All-zero state whose consumer field `name` gets what the producer field `theirs` of `peer` has
    /// committed.
    ///
    /// # Panics
    /// If there are no such fields, or they are no two ends of one ring.
    pub fn wired<P: State>(name: &str, peer: &Scratch<P>, theirs: &str) -> Self {
        let there = P::FIELDS.iter().position(|f| f.name == theirs).expect("the peer has the field");
        let here = S::FIELDS.iter().position(|f| f.name == name).expect("the state has the field");
        let ends = (P::FIELDS[there].ring(), S::FIELDS[here].ring());
        let (Some(out), Some(into)) = ends else { panic!("both fields are ring ends") };
        assert!(
            out.role == Role::Producer
                && into.role == Role::Consumer
                && (out.fingerprint, out.size, out.capacity) == (into.fingerprint, into.size, into.capacity),
            "a producer and a consumer of the same messages and capacity"
        );
        let wire = Peer {
            image: peer.region.image().wrapping_add(P::FIELDS[there].offset),
            position: &raw const peer.region.header().positions[there],
            attempts: 0,
        };
        Self::build(Some((here, wire)), Some(Rc::clone(&peer.memory)))
    }

    fn build(wire: Option<(usize, Peer)>, peer: Option<Rc<Memory>>) -> Self {
        let memory = Rc::new(Memory::zeroed(Layout::of::<S>().region + Layout::of::<S>().shared));
        let base = memory.start.as_ptr();
        // SAFETY: fresh memory of the region's size and alignment, kept as long as this value.
        let region = unsafe { Region::new(base, base, Layout::of::<S>(), S::FIELDS) };
        region.recover();
        let log = NonNull::from(Box::leak(Box::new(Log::closed())));
        let cells = S::bind(&mut |i| {
            let field = &S::FIELDS[i];
            let peer = wire.and_then(|(at, peer)| (at == i).then_some(peer));
            let image = match field.shape {
                Shape::Shared { .. } => {
                    base.wrapping_add(Layout::of::<S>().region + shared_end(S::FIELDS, i)).cast_const()
                }
                _ => region.image().wrapping_add(field.offset),
            };
            // SAFETY: the field lies in the image, or behind the region, by the table; the log lives until `drop`; the memory of a
            // peer is kept by this value.
            unsafe { Place::new(image, field.size, IMAGE + field.offset, i, region.seen(), peer, log) }
        });
        Self { cells, region, log, memory, _peer: peer, stamp: 0 }
    }

    /// Runs `change` on the state and commits it, or discards it where it returns an error.
    ///
    /// # Errors
    /// [`Failure::Task`] with the closure's error, [`Failure::OverBudget`] when the change is larger than
    /// `record`, [`Failure::Invalid`] when the daemon's `validate` refuses what it led to.
    pub fn update<T, E>(&mut self, change: impl FnOnce(S::Mut<'_>) -> Result<T, E>) -> Result<T, Failure<E>> {
        self.update_with(change, |_, record| record)
    }

    /// As [`update`](Self::update), but `spoil` has been at the record before it is committed.
    fn update_with<T, E>(
        &mut self,
        change: impl FnOnce(S::Mut<'_>) -> Result<T, E>,
        spoil: impl FnOnce(&Region, Header) -> Header,
    ) -> Result<T, Failure<E>> {
        // SAFETY: the log lives as long as `self`.
        let log = unsafe { self.log.as_ref() };
        self.stamp += 1;
        // SAFETY: no change is under way, since `self` is borrowed mutably.
        unsafe { self.region.open(log, self.stamp) };
        let close = Close(log);
        S::begin(&mut self.cells);
        let outcome = change(S::lend(&mut self.cells));
        let gathered = S::gather(&mut self.cells, FieldSet::ALL);
        let result = match outcome {
            _ if log.overrun() || gathered.is_err() => Err(crate::failure::over_record()),
            Err(error) => Err(Failure::Task(error)),
            Ok(value) if log.is_empty() => Ok(value),
            Ok(value) => self.commit(log, spoil).map(|()| value),
        };
        drop(close);
        S::begin(&mut self.cells);
        result
    }

    fn commit<E>(&self, log: &Log, spoil: impl FnOnce(&Region, Header) -> Header) -> Result<(), Failure<E>> {
        if S::VALIDATES {
            crate::daemon::check::<S>(&self.cells).map_err(Failure::Invalid)?;
        }
        let record = log.seal().map_err(|_| crate::failure::over_record())?;
        self.region.commit(spoil(&self.region, record));
        Ok(())
    }

    /// The committed state.
    pub fn state(&self) -> S::Ref<'_> {
        S::share(&self.cells)
    }

    #[cfg(test)]
    pub(crate) fn header(&self) -> &crate::layout::RegionHeader {
        self.region.header()
    }

    /// Commits so far.
    pub fn sequence(&self) -> u64 {
        self.region.header().applied.load(Ordering::Relaxed)
    }
}

impl<S: State> Drop for Scratch<S> {
    fn drop(&mut self) {
        // SAFETY: allocated in `build`; the cells that point there are not used any more.
        unsafe { drop(Box::from_raw(self.log.as_ptr())) };
    }
}

/// Closes the log when a change is over, by a panic too.
struct Close<'a>(&'a Log);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Zeroed memory for a region.
struct Memory {
    start: NonNull<u8>,
    layout: core::alloc::Layout,
}

impl Memory {
    fn zeroed(size: usize) -> Self {
        let Ok(layout) = core::alloc::Layout::from_size_align(size, PAGE) else {
            unreachable!("a region is smaller than the address space")
        };
        // SAFETY: a region is never of size zero.
        let Some(start) = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }) else {
            std::alloc::handle_alloc_error(layout)
        };
        Self { start, layout }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this layout.
        unsafe { std::alloc::dealloc(self.start.as_ptr(), self.layout) };
    }
}
