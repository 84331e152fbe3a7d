//! The states of a slot's word.
//!
//! While the transaction runs the word holds its TID and the waiters' bit, which the kernel needs to mark
//! its death. Announced states are above every TID and have neither of the kernel's bits, so the kernel
//! leaves them alone when the process ends. Each state is left by one compare-exchange: a transaction and
//! the daemon that gives it up cannot both win.

use crate::protocol::Atomic;
use crate::sys::robust;
use core::sync::atomic::Ordering;

/// Nobody uses the slot, or the transaction has not registered yet.
pub const FREE: u32 = 0;
/// The task returned `Ok`; record and result are complete.
pub const PREPARED: u32 = 0x2000_0001;
/// The task returned `Err`; the result is complete.
pub const FAILED: u32 = 0x2000_0002;
/// The task panicked; the report is complete.
pub const PANICKED: u32 = 0x2000_0003;
/// The change did not fit into the record.
pub const OVERRUN: u32 = 0x2000_0004;
/// The crash handler ran; the report is complete.
pub const CRASHED: u32 = 0x2000_0005;
/// The daemon has taken the record over.
pub const COMMITTING: u32 = 0x2000_0006;
/// The daemon has given the flight up.
pub const ABANDONED: u32 = 0x2000_0007;
/// The daemon's `validate` refused what the task did; the result says why.
pub const INVALID: u32 = 0x2000_0008;

/// What a slot's word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing yet: its process is not registered, or runs.
    Nothing,
    /// Its process has died before it announced anything.
    Died,
    /// One of the announced states.
    Announced(u32),
}

/// What `now`, read from a slot's word, says.
#[inline]
pub fn said(now: u32) -> Said {
    match now {
        _ if robust::died(now) => Said::Died,
        FREE => Said::Nothing,
        _ if robust::owned(now) => Said::Nothing,
        _ => Said::Announced(now),
    }
}

/// In the daemon: what `word` holds and says. Where it says nothing `has_ended` is asked, since a process that died before
/// it registered, over whose word something was written, or that died between announcing and waking, marks nothing.
#[inline]
pub fn look<A: Atomic<Value = u32>>(word: &A, has_ended: impl FnOnce() -> bool) -> (u32, Said) {
    let now = word.load(Ordering::Acquire);
    if said(now) != Said::Nothing || !has_ended() {
        return (now, said(now));
    }
    // It may have been announced since.
    match said(word.load(Ordering::Acquire)) {
        Said::Nothing => (now, Said::Died),
        said => (now, said),
    }
}

/// In the transaction, or whoever finds that it crashes: announces `state`, unless the flight was given up. Returns
/// whether it is announced, and the daemon to be woken. What belongs to the state is complete before.
#[inline]
pub fn announce<A: Atomic<Value = u32>>(word: &A, state: u32) -> bool {
    let mut now = word.load(Ordering::Relaxed);
    // A second thread may crash too: the word holds the main thread's TID, whoever announces.
    while robust::owned(now) {
        match word.compare_exchange(now, state, Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// In the daemon: gives the flight up. From then on nothing can be announced. False if it was announced, or its process
/// died, in the last moment.
#[inline]
pub fn give_up<A: Atomic<Value = u32>>(word: &A) -> bool {
    let mut now = word.load(Ordering::Acquire);
    while said(now) == Said::Nothing {
        match word.compare_exchange(now, ABANDONED, Ordering::SeqCst, Ordering::Acquire) {
            Ok(_) => return true,
            Err(other) => now = other,
        }
    }
    false
}

/// In the daemon: takes over what was prepared. False if it is not, any more.
#[inline]
pub fn take_over<A: Atomic<Value = u32>>(word: &A) -> bool {
    word.compare_exchange(PREPARED, COMMITTING, Ordering::SeqCst, Ordering::Acquire).is_ok()
}
