//! Waiting for room in a ring that is full, in the middle of a change: what `full = wait` does.
//!
//! The daemon waits as it does in `wait`, idle to the watchdog. A transaction cannot say so in the daemon's header,
//! which it may not write; its daemon has said so for it before it began to wait for the transaction.

use super::Core;
use super::life::{begin_waiting, knock, stop_waiting};
use super::links::low_word;
use crate::hot::HOT;
use crate::layout::RegionHeader;
use crate::protocol::waiting;
use crate::state::{Peer, WhenFull};
use crate::sys::futex;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Lets producers of this process wait.
pub(super) fn prepare(header: &RegionHeader, desired: &AtomicU32) {
    HOT.patient.0.store(ptr::from_ref(header).cast_mut(), Ordering::Relaxed);
    HOT.patient.1.store(ptr::from_ref(desired).cast_mut(), Ordering::Relaxed);
}

/// Adds to `waiters` what changes when one of `peers` moves and, if `ends`, when root gives one of them up.
///
/// The messages of a producer that drops the oldest are unreadable from its death in a commit until it was started again,
/// and then its position need not move: there the phase is watched too.
pub(super) fn watch(peers: &[Peer], ends: bool, waiters: &mut futex::Waiters) {
    let words = peers.iter().flat_map(|peer| {
        let phase = ends || peer.when_full == WhenFull::DropOldest;
        [low_word(peer.position), if phase { peer.phase } else { ptr::null() }]
    });
    // SAFETY: null, or a word of a peer, which is always mapped.
    words.filter_map(|word| unsafe { word.as_ref() }).for_each(|word| waiters.watch(word));
}

/// Says that the daemon is ready, as before every wait: a consumer that depends on it is started no sooner, and nobody else
/// makes room.
fn become_ready(header: &RegionHeader) {
    if header.ready.load(Ordering::Relaxed) == 0 {
        header.ready.store(1, Ordering::Release);
        knock();
    }
}

/// What keeps a failed wait for room from counting as an attempt at the messages that are being handled: it is nothing
/// that they have done. In effect while it waits, and on after a wait in vain.
struct Excuse {
    /// A daemon's own note of what it handles, and what that said.
    noted: Option<(&'static AtomicU64, u64)>,
    /// Where a transaction says that it waits.
    crowded: Option<&'static AtomicU64>,
}

impl Excuse {
    fn begin(header: Option<&'static RegionHeader>) -> Self {
        let noted = header.map(|header| (&header.attempting, header.attempting.swap(0, Ordering::AcqRel)));
        // SAFETY: null, or a word of the transaction's slot, which stays mapped as long as it lives.
        let crowded = unsafe { HOT.crowded.load(Ordering::Relaxed).as_ref() };
        if let Some(crowded) = crowded {
            crowded.store(1, Ordering::Release);
        }
        Self { noted, crowded }
    }

    /// There is room: whatever goes wrong from now on counts.
    fn end(self) {
        if let Some((attempting, noted)) = self.noted {
            attempting.store(noted, Ordering::Release);
        }
        if let Some(crowded) = self.crowded {
            crowded.store(0, Ordering::Release);
        }
    }
}

/// Waits until `has_room`, which depends on the positions of `consumers`. False if the daemon is asked to stop before,
/// or if there is no daemon, as in a unit test.
pub(crate) fn wait_for_room(consumers: &[Peer], has_room: impl Fn() -> bool) -> bool {
    // SAFETY: null, or words that are mapped as long as the daemon and its transactions live.
    let (header, desired) = unsafe {
        (HOT.patient.0.load(Ordering::Relaxed).as_ref(), HOT.patient.1.load(Ordering::Relaxed).as_ref())
    };
    let (Some(header), Some(desired)) = (header, desired) else { return false };
    // A transaction has no such header: its daemon's alias is not inherited.
    let header = (!HOT.transaction.load(Ordering::Relaxed)).then_some(header);
    let excuse = Excuse::begin(header);
    let found = sleep_until_room(header, desired, consumers, has_room);
    if found {
        excuse.end();
    }
    found
}

fn sleep_until_room(
    header: Option<&RegionHeader>,
    desired: &AtomicU32,
    consumers: &[Peer],
    has_room: impl Fn() -> bool,
) -> bool {
    loop {
        if has_room() {
            return true;
        }
        if let Some(header) = header {
            become_ready(header);
            begin_waiting(header, Core::ON_WORDS);
        }
        let asked = desired.load(Ordering::SeqCst);
        let stopping = Core::asks_to_stop(asked);
        waiting::last_look(
            &mut futex::Waiters::one(futex::Waiter::new(desired, asked)),
            |waiters| watch(consumers, true, waiters),
            || stopping || has_room(),
            |waiters| {
                let _ = waiters.wait(None);
            },
        );
        if let Some(header) = header {
            stop_waiting(header);
            // As at the end of every wait: the time until the next sign of life begins here.
            let beat = header.heartbeat.load(Ordering::Relaxed).wrapping_add(1);
            header.heartbeat.store(beat, Ordering::Relaxed);
        }
        if stopping {
            return has_room();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phase_of_a_producer_that_drops_the_oldest_is_watched_by_its_consumers() {
        let (position, phase) = (AtomicU64::new(3), AtomicU32::new(2));
        let peer = |when_full| Peer {
            header: ptr::null(),
            image: ptr::null(),
            position: &raw const position,
            phase: &raw const phase,
            doorbell: -1,
            attempts: 0,
            when_full,
            daemon: "",
            field: "",
        };
        for (when_full, ends, count) in
            [(WhenFull::Refuse, false, 1), (WhenFull::Wait, true, 2), (WhenFull::DropOldest, false, 2)]
        {
            let mut waiters = futex::Waiters::none();
            watch(&[peer(when_full)], ends, &mut waiters);
            assert_eq!(waiters.count(), count, "{when_full:?}");
        }
    }
}
