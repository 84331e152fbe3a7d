//! The other end of a ring, as this process sees it through the read-only mapping.

use crate::layout::RegionHeader;
use crate::protocol::positions;
use crate::root::Phase;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a producer does when its ring is full; an option of the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// `push` waits until the slowest consumer has made room, or the daemon is asked to stop.
    Wait,
    /// `push` hands the message back.
    Refuse,
    /// `push` overwrites the oldest message. A consumer that has not taken it yet skips it and counts it as missed.
    DropOldest,
}

/// The other end of a ring.
#[derive(Clone, Copy)]
pub struct Peer {
    /// The peer's header.
    pub header: *const RegionHeader,
    /// The peer's image of the ring end.
    pub image: *const u8,
    /// The peer's committed position.
    pub position: *const AtomicU64,
    /// What root says of the peer's daemon, a [`Phase`]; null where there is no root.
    pub phase: *const AtomicU32,
    /// The peer's doorbell descriptor.
    pub doorbell: i32,
    /// Attempts after which a message is set aside; 0 for never.
    pub attempts: u32,
    /// What happens when the ring is full.
    pub when_full: WhenFull,
    /// The peer's daemon.
    pub daemon: &'static str,
    /// The peer's field.
    pub field: &'static str,
}

impl Peer {
    /// Where the peer's committed position stands.
    #[inline]
    pub fn place(&self) -> &AtomicU64 {
        // SAFETY: readable for as long as whoever has a peer, by the contract of `Place::new`.
        unsafe { &*self.position }
    }

    /// The peer's committed position: everything it covers has been applied before.
    #[inline]
    pub fn position(&self) -> u64 {
        positions::committed(self.place())
    }

    fn phase(&self) -> Option<Phase> {
        // SAFETY: as in `place`, or null.
        unsafe { self.phase.as_ref() }.map(|phase| Phase::from_number(phase.load(Ordering::SeqCst)))
    }

    /// Whether the peer's daemon has ended and will not be started again: nobody waits for its position.
    pub fn has_ended(&self) -> bool {
        matches!(self.phase(), Some(Phase::Ended | Phase::Abandoned))
    }

    /// Whether the messages of this producer may change while they are read, and are half-way changed by a process
    /// that is dead and whose successor has not recovered them yet.
    pub fn is_unreadable(&self) -> bool {
        self.when_full == WhenFull::DropOldest
            // SAFETY: as in `place`.
            && unsafe { &*self.header }.lock.load(Ordering::SeqCst) & 1 == 1
            && self.phase().is_some_and(|phase| !phase.is_alive())
    }
}

/// The position of the slowest of these consumers; `None` where none of them counts any more.
#[inline]
pub fn slowest(peers: &[Peer]) -> Option<u64> {
    peers.iter().filter(|peer| !peer.has_ended()).map(Peer::position).min()
}

/// Up to where the slots of a producer that stands at `own` may be written again.
pub fn freed(own: u64, consumers: &[Peer]) -> u64 {
    let drops = consumers.iter().any(|peer| peer.when_full == WhenFull::DropOldest);
    if drops { own } else { slowest(consumers).unwrap_or(own).min(own) }
}
