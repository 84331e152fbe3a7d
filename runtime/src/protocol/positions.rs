//! Positions of ring ends. Each is written by its own side alone, after everything that it covers.
//!
//! A producer moves on once messages are written, a consumer once it has copied them: so a slot that every consumer has
//! passed is not looked at any more. Where the producer waits for nobody, its sequence lock tells which copies count.

use super::Atomic;
use core::sync::atomic::Ordering;

/// How far the other side has come: everything below is there, or read.
#[inline]
pub fn committed<A: Atomic<Value = u64>>(position: &A) -> u64 {
    position.load(Ordering::SeqCst)
}

/// This side has come as far as `to`.
#[inline]
pub fn advance<A: Atomic<Value = u64>>(position: &A, to: u64) {
    position.store(to, Ordering::Release);
}

/// Whether there is a message at `at`, where the producer overwrites none that is not taken.
#[inline]
pub fn is_committed<A: Atomic<Value = u64>>(producer: &A, at: u64) -> bool {
    committed(producer) > at
}

/// The first message from `at` on that is not overwritten, where the producer waits for nobody; to be asked under its
/// sequence lock.
#[inline]
pub fn oldest_left<A: Atomic<Value = u64>>(producer: &A, at: u64, capacity: u64) -> Option<u64> {
    let end = committed(producer);
    let at = at.max(end.saturating_sub(capacity));
    (at < end).then_some(at)
}
