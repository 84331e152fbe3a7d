//! A region's sequence lock: odd while its image is being changed.
//!
//! One process writes, or its successor. Readers copy, and throw the copy away where the lock was not the same even number
//! before and after (Lameter 2005; the fences follow Boehm, "Can seqlocks get along with programming language memory
//! models?", 2012).

use super::Atomic;
use core::sync::atomic::Ordering;

/// From here on no reader believes its copy. Returns what [`leave`] needs.
#[inline]
pub fn enter<A: Atomic<Value = u64>>(lock: &A) -> u64 {
    // Setting the low bit, rather than adding one, is right for the first attempt and for a replay.
    let odd = lock.load(Ordering::Relaxed) | 1;
    lock.store(odd, Ordering::Relaxed);
    // No byte of the image changes before the lock is odd.
    A::fence(Ordering::Release);
    odd
}

/// Everything that was written since [`enter`] is there.
#[inline]
pub fn leave<A: Atomic<Value = u64>>(lock: &A, odd: u64) {
    lock.store(odd.wrapping_add(1), Ordering::Release);
}

/// Ends what a predecessor has entered and not left. What it was about must have been repeated.
#[inline]
pub fn close<A: Atomic<Value = u64>>(lock: &A) {
    let now = lock.load(Ordering::Relaxed);
    if now & 1 == 1 {
        leave(lock, now);
    }
}

/// Calls `copy` once, unless something is being changed; `None` as well where something was changed meanwhile.
#[inline]
pub fn attempt<A: Atomic<Value = u64>, R>(lock: &A, copy: impl FnOnce() -> R) -> Option<R> {
    let before = lock.load(Ordering::Acquire);
    if before & 1 == 1 {
        return None;
    }
    let copied = copy();
    A::fence(Ordering::Acquire);
    (lock.load(Ordering::Relaxed) == before).then_some(copied)
}
