//! Failing in a signal handler, and two processes at the same moment.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use perennial_tests::fault::Fault;

/// Which fault, as an index plus one.
static FAULT: AtomicUsize = AtomicUsize::new(0);
/// When, in nanoseconds of the monotonic clock; 0 for at once.
static AT: AtomicU64 = AtomicU64::new(0);
/// The error that the handler came to, which only `run` can return.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Far enough away for two processes to get ready.
const SOON: Duration = Duration::from_millis(4);

fn now() -> u64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).expect("there is a clock");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

/// A moment that has not come yet.
pub fn soon() -> u64 {
    now() + SOON.as_nanos() as u64
}

/// Waits for the moment, without giving the processor away.
pub fn await_moment(at: u64) {
    while now() < at {
        core::hint::spin_loop();
    }
}

/// The moment of the plan.
pub fn moment() -> u64 {
    AT.load(Relaxed)
}

extern "C" fn on_signal(_: libc::c_int) {
    let index = FAULT.load(Relaxed);
    let Some(fault) = index.checked_sub(1).and_then(|index| Fault::ALL.get(index)) else { return };
    await_moment(moment());
    // A record can be overrun by `run` alone.
    let _ = fault.strike();
    LEFT.store(index, Relaxed);
}

/// Makes the daemon fail when it gets the signal, and then not before `at`.
pub fn prepare(fault: Fault, at: u64) {
    let index = Fault::ALL.iter().position(|known| *known == fault).unwrap_or(0);
    FAULT.store(index + 1, Relaxed);
    AT.store(at, Relaxed);
    LEFT.store(0, Relaxed);
    // SAFETY: the handler uses nothing that may be under way while a daemon waits.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = on_signal as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut());
    }
}

/// What the handler could not return, if it has failed and lived.
pub fn left() -> Option<Fault> {
    let index = LEFT.swap(0, Relaxed).checked_sub(1)?;
    Fault::ALL.get(index).copied()
}
