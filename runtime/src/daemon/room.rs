//! Waiting for room in a ring that is full, in the middle of a change: what `full = wait` does.
//!
//! The daemon waits as it does in `wait`, idle to the watchdog. A transaction cannot say so in the daemon's header,
//! which it may not write; its daemon has said so for it before it began to wait for the transaction.

use super::Core;
use super::life::{begin_waiting, stop_waiting};
use super::links::low_word;
use crate::hot::HOT;
use crate::layout::RegionHeader;
use crate::state::Peer;
use crate::sys::{clock, futex};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

/// A signal handler that runs in the daemon while its transaction waits keeps consumers from waking the transaction,
/// which so looks again after this time.
const SLICE: Duration = Duration::from_millis(10);

/// Lets producers of this process wait.
pub(super) fn prepare(header: &RegionHeader, desired: &AtomicU32) {
    HOT.patient.0.store(ptr::from_ref(header).cast_mut(), Ordering::Relaxed);
    HOT.patient.1.store(ptr::from_ref(desired).cast_mut(), Ordering::Relaxed);
}

/// Enters behind the first `count` of `waiters` what changes when one of `peers` moves and, if `ends`, when root gives one
/// of them up. Returns how many there are then.
pub(super) fn watch(peers: &[Peer], ends: bool, waiters: &mut [futex::Waiter], count: usize) -> usize {
    let words =
        peers.iter().flat_map(|peer| [low_word(peer.position), if ends { peer.phase } else { ptr::null() }]);
    let mut count = count;
    // SAFETY: null, or a word of a peer, which is always mapped.
    for word in words.filter_map(|word| unsafe { word.as_ref() }) {
        if let Some(waiter) = waiters.get_mut(count) {
            *waiter = futex::Waiter::new(word, word.load(Ordering::SeqCst));
            count += 1;
        }
    }
    count
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
    loop {
        if has_room() {
            return true;
        }
        if let Some(header) = header {
            begin_waiting(header, Core::ON_WORDS);
        }
        let asked = desired.load(Ordering::SeqCst);
        let mut waiters = [futex::Waiter::new(desired, asked); futex::MOST];
        let count = watch(consumers, true, &mut waiters, 1);
        let stopping = Core::asks_to_stop(asked);
        if !stopping && !has_room() {
            let slice = header.is_none().then(|| clock::monotonic().saturating_add(SLICE));
            let _ = futex::wait_any(&waiters[..count], slice);
        }
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
