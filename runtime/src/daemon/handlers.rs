//! Signal handlers of the user's, and of the libraries that a daemon calls.
//!
//! To the watchdog whoever waits is idle, however long that takes. But a handler that interrupts `wait` is work, and
//! may hang as any other work may; so a daemon waits no longer while one runs. For this the final binary defines
//! `sigaction`, `signal` and `siginterrupt` (as it does `malloc`): the kernel is given a trampoline in place of each handler, and
//! whoever asks is told of the handler. `sigset` and `sysv_signal`, which POSIX has withdrawn, are left alone; so are
//! the runtime's own handlers, which come to an end.

use super::{Activity, life};
use crate::hot::HOT;
use crate::layout::RegionHeader;
use crate::sys::{Errno, signal};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};

/// One more than the highest signal.
const SIGNALS: usize = 65;

/// Handlers by signal.
type Handlers = [AtomicUsize; SIGNALS];

/// The handlers without and with `SA_SIGINFO`, each kind with a trampoline of its own: a signal that arrives while one
/// takes the other's place finds the handler that its frame was made for. Those that take one argument ignore the other
/// two, in every C calling convention that Linux has.
static HANDLERS: [Handlers; 2] = [const { [const { AtomicUsize::new(0) }; SIGNALS] }; 2];

/// The signals that `siginterrupt` has said are to interrupt calls, for `signal`.
static INTERRUPTING: AtomicU64 = AtomicU64::new(0);

/// The `sigaction` of the final binary.
///
/// # Safety
/// C's contract of `sigaction`.
pub unsafe fn sigaction(number: c_int, new: *const libc::sigaction, old: *mut libc::sigaction) -> c_int {
    let handlers = usize::try_from(number)
        .ok()
        .and_then(|number| Some((HANDLERS[0].get(number)?, &HANDLERS[1][number])));
    let Some((plain, informed)) = handlers else {
        // SAFETY: the caller's contract; the number is refused.
        return unsafe { signal::set_action(number, new, old) };
    };
    let handlers = [plain, informed];
    let installing = Installing::begin();
    let before = handlers.map(|handler| handler.load(Ordering::SeqCst));
    // SAFETY: null or a valid action, by the caller's contract.
    let wanted = unsafe { new.as_ref() }.copied().map(|mut action| {
        let kind = usize::from(action.sa_flags & libc::SA_SIGINFO != 0);
        let given = action.sa_sigaction;
        if !matches!(given, libc::SIG_DFL | libc::SIG_IGN) && kind_of(given).is_none() {
            // Before the kernel learns of it: the signal may come to another thread at once.
            handlers[kind].store(given, Ordering::SeqCst);
            action.sa_sigaction = address(kind);
        }
        action
    });
    // SAFETY: null or a local, which is a valid action because the caller's is; `old` by the caller's contract.
    let done = unsafe { signal::set_action(number, wanted.as_ref().map_or(ptr::null(), ptr::from_ref), old) };
    if done != 0 {
        for (handler, before) in handlers.iter().zip(before) {
            handler.store(before, Ordering::SeqCst);
        }
    // SAFETY: null or an action that the call has just filled.
    } else if let Some(old) = unsafe { old.as_mut() }
        && let Some(kind) = kind_of(old.sa_sigaction)
    {
        old.sa_sigaction = before[kind];
    }
    installing.end();
    done
}

/// The `signal` of the final binary, with BSD's meaning, as glibc's: calls that it interrupts are begun anew, unless
/// [`siginterrupt`] has said otherwise.
///
/// # Safety
/// C's contract of `signal`.
pub unsafe fn signal(number: c_int, handler: libc::sighandler_t) -> libc::sighandler_t {
    if handler == libc::SIG_ERR {
        Errno::EINVAL.set();
        return libc::SIG_ERR;
    }
    // SAFETY: all-zero is a valid sigaction.
    let (mut new, mut old): (libc::sigaction, libc::sigaction) = unsafe { core::mem::zeroed() };
    new.sa_sigaction = handler;
    new.sa_flags = if INTERRUPTING.load(Ordering::SeqCst) & bit(number) == 0 { libc::SA_RESTART } else { 0 };
    // SAFETY: a local; a number that is none is refused. The handler by the caller's contract.
    let done = unsafe {
        libc::sigaddset(&raw mut new.sa_mask, number);
        sigaction(number, &raw const new, &raw mut old)
    };
    if done == 0 { old.sa_sigaction } else { libc::SIG_ERR }
}

/// The `siginterrupt` of the final binary: libc's would tell libc's `signal` alone.
pub fn siginterrupt(number: c_int, interrupts: c_int) -> c_int {
    // SAFETY: all-zero is a valid sigaction.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: fills a local.
    if unsafe { sigaction(number, ptr::null(), &raw mut action) } != 0 {
        return -1;
    }
    if interrupts == 0 {
        INTERRUPTING.fetch_and(!bit(number), Ordering::SeqCst);
        action.sa_flags |= libc::SA_RESTART;
    } else {
        INTERRUPTING.fetch_or(bit(number), Ordering::SeqCst);
        action.sa_flags &= !libc::SA_RESTART;
    }
    // SAFETY: the action that is there, but for the flag.
    unsafe { sigaction(number, &raw const action, ptr::null_mut()) }
}

/// The bit of a signal in [`INTERRUPTING`]; none where there is no such signal.
fn bit(number: c_int) -> u64 {
    let at = u32::try_from(number).ok().and_then(|number| number.checked_sub(1));
    at.and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
}

/// The trampoline for handlers without or with `SA_SIGINFO`.
fn address(kind: usize) -> usize {
    let trampolines: [signal::Handler; 2] = [trampoline::<0>, trampoline::<1>];
    trampolines[kind] as usize
}

/// Whose trampoline this is, if it is one.
fn kind_of(handler: usize) -> Option<usize> {
    (0..2).find(|&kind| address(kind) == handler)
}

/// What the kernel calls: takes the daemon out of its wait for as long as the handler runs.
extern "C" fn trampoline<const KIND: usize>(number: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(handler) = usize::try_from(number).ok().and_then(|number| HANDLERS[KIND].get(number)) else {
        return;
    };
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

/// A change of the handlers, during which no signal is handled and no other thread makes one: the tables and the kernel
/// agree when it is over.
struct Installing(libc::sigset_t);

/// The process whose thread is at it, by PID, or 0. A fork leaves another's number, whose thread is not in the child.
static INSTALLER: AtomicI32 = AtomicI32::new(0);

impl Installing {
    fn begin() -> Self {
        let mask = signal::block_all();
        // SAFETY: no arguments. Not the PID that is kept: foreign code may have forked.
        let own = unsafe { libc::getpid() };
        let mut expected = 0;
        while let Err(other) = INSTALLER.compare_exchange(expected, own, Ordering::SeqCst, Ordering::SeqCst) {
            expected = if other == own { 0 } else { other };
            if other == own {
                std::thread::yield_now();
            }
        }
        Self(mask)
    }

    fn end(self) {
        INSTALLER.store(0, Ordering::SeqCst);
        signal::restore(&self.0);
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
            pub extern "C" fn siginterrupt(number: c_int, interrupts: c_int) -> c_int {
                handlers::siginterrupt(number, interrupts)
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
