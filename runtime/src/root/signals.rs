//! Signals to root. Handlers set a bit and change the poke word that root's loop waits on; the comparison
//! under the futex's lock makes sure that none is lost.

use crate::sys::{Errno, signal};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

/// Changes whenever a signal arrived.
pub static POKE: AtomicU32 = AtomicU32::new(0);
static STOPS: AtomicU32 = AtomicU32::new(0);

/// A connection on the runtime socket; any otherwise unused signal would do.
pub const KNOCK: c_int = libc::SIGIO;

const HANDLED: [c_int; 4] = [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, KNOCK];
/// What ends or stops a process by default and must neither end nor stop root. The signals of a crash stay.
const IGNORED: [c_int; 15] = [
    libc::SIGHUP,
    libc::SIGPIPE,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGPWR,
    libc::SIGSTKFLT,
];

/// Of these, what a daemon takes as usual; the others stay ignored in it. SIGPIPE is ignored by every Rust
/// program: a log whose reader has gone must not kill the daemon that writes it.
const RESTORED: [c_int; 6] =
    [libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM, libc::SIGTSTP];

extern "C" fn on_signal(number: c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    if number == libc::SIGTERM || number == libc::SIGINT {
        STOPS.fetch_add(1, Ordering::SeqCst);
    }
    POKE.fetch_add(1, Ordering::SeqCst);
}

/// Makes root's next wait return at once.
pub fn poke() {
    POKE.fetch_add(1, Ordering::SeqCst);
}

/// How often root was asked to stop.
pub fn stops() -> u32 {
    STOPS.load(Ordering::SeqCst)
}

/// Installs root's dispositions.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn install() -> Result<(), Errno> {
    for number in IGNORED {
        signal::dispose(number, true)?;
    }
    for number in libc::SIGRTMIN()..=libc::SIGRTMAX() {
        signal::dispose(number, true)?;
    }
    for number in HANDLED {
        // SAFETY: the handler only adds to atomics.
        unsafe { signal::handle(number, on_signal, libc::SA_RESTART) }?;
    }
    // Whoever started this program may have blocked what root must hear.
    signal::unblock_all();
    Ok(())
}

/// Puts the defaults back, in a fresh child.
pub fn default_signals() {
    for number in HANDLED.into_iter().chain(RESTORED) {
        let _ = signal::dispose(number, false);
    }
}
