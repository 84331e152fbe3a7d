//! Waiting for another process without losing its wake-up, and without its having to wake who does not wait.
//!
//! Dekker's pattern: who waits says so before it looks a last time, and who changes something has changed it before it
//! looks whether anybody waits, with a full fence in between on both sides, so that one of the two sees the other.

use super::Atomic;
use core::sync::atomic::Ordering;

/// Says how this side waits; it must look a last time after this, by [`last_look`].
#[inline]
pub fn begin<A: Atomic>(waiting: &A, how: A::Value) {
    waiting.store(how, Ordering::SeqCst);
    A::fence(Ordering::SeqCst);
}

/// Has `expect` read what `sleep` will compare with, and sleeps unless there is something by then: a change in between
/// is found by one of the two.
#[inline]
pub fn last_look<E: ?Sized>(
    expected: &mut E,
    expect: impl FnOnce(&mut E),
    found: impl FnOnce() -> bool,
    sleep: impl FnOnce(&E),
) {
    expect(expected);
    if !found() {
        sleep(expected);
    }
}

/// How the other side waits, asked after the change that it may wait for.
#[inline]
pub fn after_change<A: Atomic>(waiting: &A) -> A::Value {
    A::fence(Ordering::SeqCst);
    waiting.load(Ordering::SeqCst)
}
