//! A daemon's rings: where each of its ends is wired to, and how the other side is woken.

use super::Core;
use super::birth::Boot;
use crate::layout::{IMAGE, RegionHeader};
use crate::root::Tree;
use crate::state::{Peer, Role};
use crate::sys::futex;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// The other side of one ring end.
#[derive(Clone, Copy)]
pub struct Link {
    /// Which end this side is.
    pub role: Role,
    /// What the collection needs.
    pub peer: Peer,
    /// Messages the ring holds.
    pub capacity: u64,
    /// The peer's header, as everybody sees it.
    pub header: *const RegionHeader,
    /// The peer's doorbell descriptor.
    pub doorbell: i32,
}

/// The links of a daemon by field; `None` for fields that are no wired ring end.
pub type Links = [Option<Link>; 64];

/// The links of this process, in a place of their own: on the stack they would be copied from frame to frame, and
/// a newborn pays for each page of stack that it is the first to write.
struct Table(UnsafeCell<Links>);
// SAFETY: written by `find` alone, whose caller vouches that nobody reads it then.
unsafe impl Sync for Table {}
static LINKS: Table = Table(UnsafeCell::new([None; 64]));

/// Finds the links of daemon `boot.index`.
///
/// # Safety
/// Only a process with one thread may call it, and only once.
pub unsafe fn find(boot: &Boot) -> &'static Links {
    // SAFETY: nobody else has a reference: this is the only call, and none is handed out before it returns.
    let links = unsafe { &mut *LINKS.0.get() };
    for ring in boot.tree.rings {
        let ends =
            [(Role::Producer, ring.producer, ring.consumer), (Role::Consumer, ring.consumer, ring.producer)];
        for (role, own, other) in ends {
            if own.0 == boot.index && own.1 < links.len() {
                links[own.1] = link(boot, boot.tree, role, other, ring.attempts);
            }
        }
    }
    links
}

fn link(
    boot: &Boot,
    tree: &Tree,
    role: Role,
    (daemon, field): (usize, usize),
    attempts: u32,
) -> Option<Link> {
    let info = tree.daemons.get(daemon)?.fields.get(field)?;
    let region = boot.arenas.view.wrapping_add(tree.region_at(daemon));
    let header: *const RegionHeader = region.cast();
    // SAFETY: the region lies in the view, which is never unmapped; only an address is computed.
    let position: *const AtomicU64 = unsafe { &raw const (*header).positions[field] };
    Some(Link {
        role,
        peer: Peer { image: region.wrapping_add(IMAGE + info.offset), position, attempts },
        capacity: info.ring()?.capacity as u64,
        header,
        doorbell: *boot.doorbells.get(daemon)?,
    })
}

/// The half of a position that a futex can wait on: the lower one, which every move changes.
pub fn low_word(position: *const AtomicU64) -> *const AtomicU32 {
    let word: *const AtomicU32 = position.cast();
    if cfg!(target_endian = "big") { word.wrapping_add(1) } else { word }
}

/// Wakes the peer of a link after this side's `position` has moved, if it waits.
///
/// The peer says that it waits before it looks at the position a last time, and this side has moved the
/// position before it looks whether the peer waits; with a full fence in between on both sides, one of the
/// two sees the other (Dekker's pattern).
pub fn wake(link: &Link, position: *const AtomicU64) {
    fence(Ordering::SeqCst);
    // SAFETY: the peer's header is always mapped, and the word is an atomic.
    match unsafe { (*link.header).waiting.load(Ordering::SeqCst) } {
        0 | Core::ELSEWHERE => {}
        Core::ON_WORDS => futex::wake(low_word(position)),
        _ => ring(link.doorbell),
    }
}

/// Wakes the peer whether it waits or not.
pub fn wake_always(link: &Link, position: *const AtomicU64) {
    futex::wake(low_word(position));
    ring(link.doorbell);
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
