//! [`Scratch`]: a daemon's state without any process, for unit tests.

#[cfg(feature = "test")]
mod copy;
#[cfg(feature = "test")]
mod forked;
mod trial;

use super::{FieldSet, LIVE_HEAD, Peer, Place, Role, Shape, State, WhenFull, live_end, shared_end};
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
    /// By field; the cells point to them.
    peers: Peers,
    /// Keeps what the peers' pointers lead to.
    kept: Vec<Rc<Memory>>,
    stamp: u32,
}

type Peers = Vec<Box<[Peer]>>;

/// The rows of the two ends of a ring in their tables.
fn ends<P: State, C: State>(producer: &str, consumer: &str) -> (usize, usize) {
    let from = P::FIELDS.iter().position(|f| f.name == producer).expect("the producer's state has the field");
    let to = C::FIELDS.iter().position(|f| f.name == consumer).expect("the consumer's state has the field");
    let (Some(out), Some(into)) = (P::FIELDS[from].ring(), C::FIELDS[to].ring()) else {
        panic!("both fields are ring ends")
    };
    assert!(
        out.role.is_source()
            && into.role == out.role.other()
            && (out.fingerprint, out.size, out.capacity) == (into.fingerprint, into.size, into.capacity),
        "a producer and a consumer of the same messages and capacity"
    );
    (from, to)
}

impl<S: State> Default for Scratch<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: State> Scratch<S> {
    /// All-zero state; ring ends are not wired, so that nothing can be popped and `N` messages be pushed.
    pub fn new() -> Self {
        let memory = Rc::new(Memory::zeroed(Layout::of::<S>().region + Layout::of::<S>().shared));
        let base = memory.start.as_ptr();
        // SAFETY: fresh memory of the region's size and alignment, kept as long as this value.
        let region = unsafe { Region::new(base, base, Layout::of::<S>(), S::FIELDS) };
        region.recover();
        let log = NonNull::from(Box::leak(Box::new(Log::closed())));
        let peers: Peers = S::FIELDS.iter().map(|_| Box::default()).collect();
        Self {
            cells: Self::bind(&region, &peers, log),
            region,
            log,
            memory,
            peers,
            kept: Vec::new(),
            stamp: 0,
        }
    }

    fn bind(region: &Region, peers: &[Box<[Peer]>], log: NonNull<Log>) -> S::Cells {
        S::bind(&mut |i| {
            let field = &S::FIELDS[i];
            let image = match field.shape {
                Shape::Shared { .. } => {
                    let behind = Layout::of::<S>().region - IMAGE;
                    region.image().wrapping_add(behind + shared_end(S::FIELDS, i))
                }
                _ => region.image().wrapping_add(field.offset),
            };
            let live = Self::live_at(i);
            let image = live.map_or(image, |at| region.seen().cast::<u8>().wrapping_add(at));
            // SAFETY: the field lies in the image, among live rings, or behind the region, by the table; the log lives
            // until `drop`; the peers and their memory are kept by the value that keeps the cells.
            let place = unsafe {
                Place::new(
                    image,
                    field.size,
                    IMAGE + field.offset,
                    i,
                    region.seen(),
                    &raw const *peers[i],
                    log,
                )
            };
            // SAFETY: the same bytes, which are writable.
            live.map_or(place, |at| unsafe { place.writable_at(region.alias().wrapping_add(at)) })
        })
    }

    /// Where field `field` lies in the region, if it is a live ring.
    fn live_at(field: usize) -> Option<usize> {
        let live = matches!(S::FIELDS[field].shape, Shape::Ring(end) if end.role == Role::Live);
        live.then(|| Layout::of::<S>().live_at + live_end(S::FIELDS, field))
    }

    /// All-zero state whose consumer field `name` gets what the producer field `theirs` of `peer` has
    /// committed. The producer does not know of it; see [`connect`](Scratch::connect).
    ///
    /// # Panics
    /// If there are no such fields, or they are no two ends of one ring.
    pub fn wired<P: State>(name: &str, peer: &Scratch<P>, theirs: &str) -> Self {
        let mut this = Self::new();
        let (there, here) = ends::<P, S>(theirs, name);
        this.learn(here, peer.as_peer(there, WhenFull::Refuse, 0), peer);
        this
    }

    /// Wires the producer field `name` to consumer field `theirs` of `consumer`, as the line
    /// `name -> theirs (full = …, attempts = …)` of `root!` would. Nobody waits here, so that `full = wait` refuses.
    ///
    /// ```
    /// use perennial::prelude::*;
    /// use perennial::state::WhenFull;
    /// #[daemon(mem = "64KiB")]
    /// struct Meter { values: Producer<u32, 2> }
    /// #[daemon(mem = "64KiB")]
    /// struct Display { values: Consumer<u32, 2> }
    ///
    /// let (mut meter, mut display) = (Scratch::<Meter>::new(), Scratch::<Display>::new());
    /// meter.connect("values", &mut display, "values", WhenFull::DropOldest, 3);
    /// for value in 1..=5 {
    ///     meter.update(|s| s.values.push(value)).unwrap();
    /// }
    /// let shown = display.update(|s| Ok::<_, ()>(s.values.pop_iter().collect::<Vec<_>>())).unwrap();
    /// assert_eq!((shown, display.state().values.missed()), (vec![4, 5], 3));
    /// ```
    ///
    /// # Panics
    /// If there are no such fields, they are no two ends of one ring, or the consumer is wired already.
    pub fn connect<P: State>(
        &mut self,
        name: &str,
        consumer: &mut Scratch<P>,
        theirs: &str,
        when_full: WhenFull,
        attempts: u32,
    ) {
        let (here, there) = ends::<S, P>(name, theirs);
        assert!(consumer.peers[there].is_empty(), "a consumer has one producer");
        consumer.learn(there, self.as_peer(here, when_full, attempts), self);
        self.learn(here, consumer.as_peer(there, when_full, attempts), consumer);
    }

    fn as_peer(&self, field: usize, when_full: WhenFull, attempts: u32) -> Peer {
        let header = self.region.header();
        let live = Self::live_at(field).map(|at| self.region.seen().cast::<u8>().wrapping_add(at));
        Peer {
            header,
            image: live.map_or(self.region.image().wrapping_add(S::FIELDS[field].offset), |start| {
                start.wrapping_add(LIVE_HEAD)
            }),
            position: live.map_or(&raw const header.positions[field], <*const u8>::cast),
            phase: core::ptr::null(),
            doorbell: -1,
            attempts,
            when_full,
            daemon: S::NAME,
            field: S::FIELDS[field].name,
        }
    }

    /// From now on field `field` has `peer` as well, which is an end of `other`'s.
    fn learn<P: State>(&mut self, field: usize, peer: Peer, other: &Scratch<P>) {
        self.peers[field] = self.peers[field].iter().copied().chain([peer]).collect();
        self.kept.push(Rc::clone(&other.memory));
        self.cells = Self::bind(&self.region, &self.peers, self.log);
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
        self.carry_out(|cells| change(S::lend(cells)), spoil)
    }

    fn carry_out<T, E>(
        &mut self,
        change: impl FnOnce(&mut S::Cells) -> Result<T, E>,
        spoil: impl FnOnce(&Region, Header) -> Header,
    ) -> Result<T, Failure<E>> {
        // SAFETY: the log lives as long as `self`.
        let log = unsafe { self.log.as_ref() };
        self.stamp += 1;
        // SAFETY: no change is under way, since `self` is borrowed mutably.
        unsafe { self.region.open(log, self.stamp) };
        let close = Close(log);
        S::begin(&mut self.cells);
        let outcome = change(&mut self.cells);
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
        self.region.commit(spoil(&self.region, record)).map(drop).map_err(Failure::Rejected)
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
        // SAFETY: allocated in `new`; the cells that point there are not used any more.
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
