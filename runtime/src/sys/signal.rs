//! Signal dispositions and masks.

use super::{Errno, check};
use core::ffi::c_int;
use core::ptr;

/// A handler as the kernel calls it with `SA_SIGINFO`.
pub type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// Installs a handler.
///
/// # Safety
/// The handler may only do what is safe in a signal handler.
///
/// # Errors
/// `EINVAL` for signals that cannot be caught.
pub unsafe fn handle(signal: c_int, handler: Handler, flags: c_int) -> Result<(), Errno> {
    // SAFETY: all-zero is a valid sigaction.
    let action: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: the caller's contract.
    unsafe { install(signal, handler, flags, action) }
}

/// Installs a handler during which no other signal is handled: however many arrive at once, they take the
/// stack of one.
///
/// # Safety
/// As [`handle`].
///
/// # Errors
/// As [`handle`].
pub unsafe fn handle_alone(signal: c_int, handler: Handler, flags: c_int) -> Result<(), Errno> {
    // SAFETY: all-zero is a valid sigaction.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: fills a local.
    unsafe { libc::sigfillset(&raw mut action.sa_mask) };
    // SAFETY: the caller's contract.
    unsafe { install(signal, handler, flags, action) }
}

unsafe fn install(
    signal: c_int,
    handler: Handler,
    flags: c_int,
    mut action: libc::sigaction,
) -> Result<(), Errno> {
    action.sa_sigaction = handler as usize;
    action.sa_flags = flags | libc::SA_SIGINFO;
    // SAFETY: reads a local; the handler by the caller's contract.
    check(libc::c_long::from(unsafe { set_action(signal, &raw const action, ptr::null_mut()) })).map(|_| ())
}

/// libc's own `sigaction`; the final binary defines the symbol of that name for everybody else (see
/// `daemon::handlers`).
///
/// # Safety
/// C's contract of `sigaction`.
pub unsafe fn set_action(signal: c_int, new: *const libc::sigaction, old: *mut libc::sigaction) -> c_int {
    unsafe extern "C" {
        fn __sigaction(signal: c_int, new: *const libc::sigaction, old: *mut libc::sigaction) -> c_int;
    }
    // SAFETY: the caller's contract.
    unsafe { __sigaction(signal, new, old) }
}

/// Sets a signal's disposition to ignore or to the default.
///
/// # Errors
/// `EINVAL` for signals that cannot be changed.
pub fn dispose(signal: c_int, ignore: bool) -> Result<(), Errno> {
    /// The kernel's own form of a disposition: handler, flags, restorer, mask.
    #[repr(C)]
    struct Action([usize; 4]);
    let action = Action([if ignore { libc::SIG_IGN } else { libc::SIG_DFL }, 0, 0, 0]);
    let none = ptr::null_mut::<Action>();
    // By number and not by libc's name: that refuses the signals it keeps for itself, and its page is one more that
    // each child would have to fault in.
    // SAFETY: reads a local, which has the size of the kernel's structure or more; no handler of ours is involved. The
    // last number is the size of the kernel's set of signals.
    check(unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, &raw const action, none, 8_usize) })
        .map(|_| ())
}

/// The same for the two signals below `SIGRTMIN` that libc keeps for threads and lets nobody change. Sent to a
/// process that has no threads they end it.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn dispose_reserved(ignore: bool) -> Result<(), Errno> {
    (32..libc::SIGRTMIN()).try_for_each(|number| dispose(number, ignore))
}

/// Blocks all signals and returns the mask that was.
pub fn block_all() -> libc::sigset_t {
    // SAFETY: fills and reads locals.
    unsafe {
        let mut all: libc::sigset_t = core::mem::zeroed();
        let mut old: libc::sigset_t = core::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, &raw mut old);
        old
    }
}

/// Sets the mask. Who stays blocked is deaf, so a refusal is not taken for an answer at once.
pub fn restore(mask: &libc::sigset_t) {
    let none = ptr::null_mut::<libc::sigset_t>();
    for _ in 0..TRIES {
        // By number and not by libc's name, whose page a newborn would have to fault in.
        // SAFETY: reads the mask; the last number is the size of the kernel's set of signals.
        let done = unsafe {
            libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, ptr::from_ref(mask), none, 8_usize)
        };
        if done == 0 {
            return;
        }
    }
}

/// How often a call is made that must not fail, and does not on any kernel that works.
const TRIES: usize = 3;

/// Unblocks all signals.
pub fn unblock_all() {
    // SAFETY: fills and reads a local.
    unsafe {
        let mut none: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        restore(&none);
    }
}
