//! A daemon's rings: where each of its ends is wired to, and how the other side is woken.

use super::Core;
use super::birth::Boot;
use crate::layout::{IMAGE, RegionHeader};
use crate::protocol::waiting;
use crate::root::{Ring, Tree};
use crate::state::{FieldSet, LIVE_HEAD, Peer, Role, Shape, live_end};
use crate::sys::futex;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Ends of others that the ring ends of one daemon may be wired to: two words are waited on for each, beside the
/// daemon's own.
pub const MOST_PEERS: usize = 60;

const _: () = assert!(2 * MOST_PEERS + 8 <= futex::MOST);

/// One ring end of the daemon.
#[derive(Clone, Copy)]
pub struct Link {
    /// Which end it is.
    pub role: Role,
    /// Messages the ring holds.
    pub capacity: u64,
    at: usize,
    count: usize,
}

/// The links of a daemon.
pub struct Links {
    peers: [MaybeUninit<Peer>; MOST_PEERS],
    count: usize,
    /// By field; `None` for fields that are no wired ring end.
    ends: [Option<Link>; 64],
    /// The fields that are.
    wired: FieldSet,
}

impl Links {
    const NONE: Self = Self {
        peers: [MaybeUninit::zeroed(); MOST_PEERS],
        count: 0,
        ends: [None; 64],
        wired: FieldSet::NONE,
    };

    /// The link of field `field`, if it is a wired ring end.
    #[inline]
    pub fn get(&self, field: usize) -> Option<&Link> {
        self.ends.get(field)?.as_ref()
    }

    /// The other ends of `link`.
    #[inline]
    pub fn peers(&self, link: &Link) -> &[Peer] {
        let peers = self.peers[..self.count].get(link.at..link.at + link.count).unwrap_or_default();
        // SAFETY: `add` has written the first `count`.
        unsafe { &*(core::ptr::from_ref(peers) as *const [Peer]) }
    }

    /// The other ends that field `field` is wired to; none where it is no ring end.
    #[inline]
    pub fn of(&self, field: usize) -> &[Peer] {
        self.get(field).map_or(&[], |link| self.peers(link))
    }

    /// All links, with their fields.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Link, &[Peer])> {
        self.wired.iter().filter_map(|field| self.get(field).map(|link| (field, link, self.peers(link))))
    }

    /// The fields whose link is `wanted`.
    pub fn which(&self, wanted: impl Fn(&Link, &[Peer]) -> bool) -> FieldSet {
        self.iter().fold(
            FieldSet::NONE,
            |set, (field, link, peers)| {
                if wanted(link, peers) { set.with(field) } else { set }
            },
        )
    }

    /// Adds a peer of the end `field`, which must be the last one that has any.
    fn add(&mut self, field: usize, role: Role, capacity: u64, peer: Peer) {
        let (Some(end), Some(free)) = (self.ends.get_mut(field), self.peers.get_mut(self.count)) else {
            return;
        };
        free.write(peer);
        end.get_or_insert(Link { role, capacity, at: self.count, count: 0 }).count += 1;
        self.wired = self.wired.with(field);
        self.count += 1;
    }
}

/// The links of this process, in a place of their own: on the stack they would be copied from frame to frame, and
/// a newborn pays for each page of stack that it is the first to write.
struct Table(UnsafeCell<Links>);
// SAFETY: written by `find` alone, whose caller vouches that nobody reads it then.
unsafe impl Sync for Table {}
static LINKS: Table = Table(UnsafeCell::new(Links::NONE));

/// Finds the links of daemon `boot.index`.
///
/// # Safety
/// Only a process with one thread may call it, and only once.
pub unsafe fn find(boot: &Boot) -> &'static Links {
    // SAFETY: nobody else has a reference: this is the only call, and none is handed out before it returns.
    let links = unsafe { &mut *LINKS.0.get() };
    for (field, info) in boot.tree.daemons[boot.index].fields.iter().enumerate() {
        let Some(end) = info.ring() else { continue };
        for ring in boot.tree.rings {
            let (own, other) = if end.role.is_source() {
                (ring.producer, ring.consumer)
            } else {
                (ring.consumer, ring.producer)
            };
            if own == (boot.index, field)
                && let Some(peer) = peer(boot, boot.tree, ring, other)
            {
                links.add(field, end.role, end.capacity as u64, peer);
            }
        }
    }
    links
}

fn peer(boot: &Boot, tree: &'static Tree, ring: &Ring, (daemon, field): (usize, usize)) -> Option<Peer> {
    let descriptor = tree.daemons.get(daemon)?;
    let info = descriptor.fields.get(field)?;
    let region = boot.arenas.view.wrapping_add(tree.region_at(daemon));
    let header: *const RegionHeader = region.cast();
    let live = matches!(info.shape, Shape::Ring(end) if end.role == Role::Live)
        .then(|| region.wrapping_add(descriptor.layout.live_at + live_end(descriptor.fields, field)));
    Some(Peer {
        header,
        image: live.map_or(region.wrapping_add(IMAGE + info.offset), |start| start.wrapping_add(LIVE_HEAD)),
        // SAFETY: the region lies in the view, which is never unmapped; only an address is computed.
        position: live.map_or(unsafe { &raw const (*header).positions[field] }, <*const u8>::cast),
        phase: &raw const boot.arenas.seen_block().entries.get(daemon)?.phase,
        doorbell: *boot.doorbells.get(daemon)?,
        attempts: ring.attempts,
        when_full: ring.when_full,
        daemon: descriptor.name,
        field: info.name,
    })
}

/// The half of a position that a futex can wait on: the lower one, which every move changes.
pub fn low_word(position: *const AtomicU64) -> *const AtomicU32 {
    let word: *const AtomicU32 = position.cast();
    if cfg!(target_endian = "big") { word.wrapping_add(1) } else { word }
}

/// Wakes a consumer after this side's `position` has moved, if it waits.
///
/// The peer says that it waits before it looks at the position a last time, and this side has moved the
/// position before it looks whether the peer waits: see [`waiting`].
pub fn wake_consumer(peer: &Peer, position: *const AtomicU64) {
    wake(peer, position, waiting_of(peer));
}

/// Wakes a producer after this side's `position` has moved, if it waits for room.
pub fn wake_producer(peer: &Peer, position: *const AtomicU64) {
    let how = waiting_of(peer);
    if how & Core::WITHOUT_ROOM == 0 {
        wake(peer, position, how);
    }
}

/// How a peer waits, after something has changed that it may wait for.
fn waiting_of(peer: &Peer) -> u32 {
    // SAFETY: the peer's header is always mapped, and the word is an atomic.
    waiting::after_change(unsafe { &(*peer.header).waiting })
}

fn wake(peer: &Peer, position: *const AtomicU64, waiting: u32) {
    match Core::how(waiting) {
        0 | Core::ELSEWHERE => {}
        Core::ON_WORDS | Core::FOR_TASK => futex::wake(low_word(position)),
        _ => ring(peer.doorbell),
    }
}

/// Wakes those of `readers` that wait for what live rings hold, after `position` has moved; the order of things is that
/// of [`wake_consumer`].
pub fn wake_readers(readers: &[Peer], position: *const AtomicU64) {
    if readers.is_empty() {
        return;
    }
    for peer in readers {
        // SAFETY: as in `wake`.
        let header = unsafe { &*peer.header };
        if waiting::after_change(&header.live) == 0 {
            continue;
        }
        match Core::how(header.waiting.load(Ordering::SeqCst)) {
            Core::ON_WORDS => futex::wake(low_word(position)),
            Core::ON_DOORBELL => ring(peer.doorbell),
            _ => {}
        }
    }
}

/// Wakes a peer whether it waits or not.
pub fn wake_always(peer: &Peer, position: *const AtomicU64) {
    futex::wake(low_word(position));
    ring(peer.doorbell);
}

/// Rings a doorbell: makes the descriptor readable.
pub fn ring(doorbell: i32) {
    let one = 1_u64.to_ne_bytes();
    for _ in 0..2 {
        // SAFETY: writes eight bytes to an event descriptor; a full counter is readable already.
        if unsafe { libc::write(doorbell, one.as_ptr().cast(), one.len()) } > 0 {
            return;
        }
    }
}

/// Makes a doorbell silent again.
pub fn silence(doorbell: i32) {
    let mut count = [0_u8; 8];
    // SAFETY: reads eight bytes into a local; the descriptor does not block.
    unsafe { libc::read(doorbell, count.as_mut_ptr().cast(), count.len()) };
}
