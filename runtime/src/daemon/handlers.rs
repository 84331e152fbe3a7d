//! Signal handlers of the user's, and of the libraries that a daemon calls.
//!
//! To the watchdog whoever waits is idle, however long that takes. But a handler that interrupts `wait` is work, and
//! may hang as any other work may; so a daemon waits no longer while one runs. For this the final binary defines
//! `sigaction` and `signal` (as it does `malloc`): the kernel is given a trampoline in place of each handler, and
//! whoever asks is told of the handler. `sigset` and `sysv_signal`, which POSIX has withdrawn, are left alone; so are
//! the runtime's own handlers, which come to an end.

use super::{Activity, life};
use crate::hot::HOT;
use crate::layout::RegionHeader;
use crate::sys::{Errno, signal};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// One more than the highest signal.
const SIGNALS: usize = 65;

/// The handlers, by signal. Those that take one argument ignore the other two, in every C calling convention that
/// Linux has.
static HANDLERS: [AtomicUsize; SIGNALS] = [const { AtomicUsize::new(0) }; SIGNALS];

/// The `sigaction` of the final binary.
///
/// # Safety
/// C's contract of `sigaction`.
pub unsafe fn sigaction(number: c_int, new: *const libc::sigaction, old: *mut libc::sigaction) -> c_int {
    let Some(handler) = usize::try_from(number).ok().and_then(|number| HANDLERS.get(number)) else {
        // SAFETY: the caller's contract; the number is refused.
        return unsafe { signal::set_action(number, new, old) };
    };
    let before = handler.load(Ordering::SeqCst);
    // SAFETY: null or a valid action, by the caller's contract.
    let wanted = unsafe { new.as_ref() }.copied().map(|mut action| {
        if !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN) && action.sa_sigaction != address() {
            // Before the kernel learns of it: the signal may come at once.
            handler.store(action.sa_sigaction, Ordering::SeqCst);
            action.sa_sigaction = address();
        }
        action
    });
    // SAFETY: null or a local, which is a valid action because the caller's is; `old` by the caller's contract.
    let done = unsafe { signal::set_action(number, wanted.as_ref().map_or(ptr::null(), ptr::from_ref), old) };
    if done != 0 {
        handler.store(before, Ordering::SeqCst);
    // SAFETY: null or an action that the call has just filled.
    } else if let Some(old) = unsafe { old.as_mut() }
        && old.sa_sigaction == address()
    {
        old.sa_sigaction = before;
    }
    done
}

/// The `signal` of the final binary, with BSD's meaning, as glibc's: calls that it interrupts are begun anew.
///
/// # Safety
/// C's contract of `signal`.
pub unsafe fn signal(number: c_int, handler: libc::sighandler_t) -> libc::sighandler_t {
    // SAFETY: all-zero is a valid sigaction.
    let (mut new, mut old): (libc::sigaction, libc::sigaction) = unsafe { core::mem::zeroed() };
    new.sa_sigaction = handler;
    new.sa_flags = libc::SA_RESTART;
    // SAFETY: two locals; the handler by the caller's contract.
    if unsafe { sigaction(number, &raw const new, &raw mut old) } == 0 {
        old.sa_sigaction
    } else {
        libc::SIG_ERR
    }
}

fn address() -> usize {
    trampoline as *const () as usize
}

/// What the kernel calls: takes the daemon out of its wait for as long as the handler runs.
extern "C" fn trampoline(number: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(handler) = usize::try_from(number).ok().and_then(|number| HANDLERS.get(number)) else { return };
    let interrupted = Interrupted::begin();
    // SAFETY: the kernel was given the trampoline for this signal after the handler's address was stored; only
    // `sigaction` stores there, and neither null (the default) nor 1 (to ignore).
    let handler: signal::Handler = unsafe { core::mem::transmute(handler.load(Ordering::SeqCst)) };
    handler(number, info, context);
    // Not a guard: a handler may leave by a jump, and then the daemon waits no longer.
    if let Some(interrupted) = interrupted {
        interrupted.end();
    }
}

/// A wait that a handler has interrupted.
struct Interrupted {
    header: *mut RegionHeader,
    how: u32,
    activity: u32,
}

impl Interrupted {
    /// Ends the wait, if this process is in one that the watchdog knows of.
    fn begin() -> Option<Self> {
        let header = HOT.waits.load(Ordering::SeqCst);
        // SAFETY: null, or the daemon's own header, which stays mapped; all its words are atomics.
        let words = unsafe { header.as_ref() }?;
        let how = words.waiting.load(Ordering::SeqCst);
        let activity = words.activity.load(Ordering::Relaxed);
        if activity == Activity::Waiting as u32 {
            words.activity.store(Activity::Handling as u32, Ordering::Relaxed);
        }
        // Many handlers, each of them short, are signs of life, and no hang.
        words.heartbeat.fetch_add(1, Ordering::SeqCst);
        keeping_errno(|| life::interrupt_waiting(words, how));
        Some(Self { header, how, activity })
    }

    fn end(self) {
        // SAFETY: as above; this process has not ceased to be the daemon.
        let words = unsafe { &*self.header };
        words.activity.store(self.activity, Ordering::Relaxed);
        life::begin_waiting(words, self.how);
    }
}

/// Whom a signal interrupts must not find another `errno`.
fn keeping_errno(action: impl FnOnce()) {
    let errno = Errno::last();
    action();
    errno.set();
}

/// Defines the C symbols. To be expanded once, in the final binary.
#[doc(hidden)]
#[macro_export]
macro_rules! __c_signals {
    () => {
        const _: () = {
            use ::core::ffi::c_int;
            use $crate::__private::{handlers, libc};

            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn sigaction(
                number: c_int,
                new: *const libc::sigaction,
                old: *mut libc::sigaction,
            ) -> c_int {
                // SAFETY: C's contract of `sigaction`.
                unsafe { handlers::sigaction(number, new, old) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn signal(
                number: c_int,
                handler: libc::sighandler_t,
            ) -> libc::sighandler_t {
                // SAFETY: C's contract of `signal`.
                unsafe { handlers::signal(number, handler) }
            }
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn bsd_signal(
                number: c_int,
                handler: libc::sighandler_t,
            ) -> libc::sighandler_t {
                // SAFETY: C's contract of `signal`.
                unsafe { handlers::signal(number, handler) }
            }
        };
    };
}
