//! Crash and panic reports: written by the dying process into shared memory, read by its ancestor.
//!
//! The crash handler runs on a stack of its own, does nothing but store words, and announces the crash so
//! that the ancestor need not wait until the kernel has taken the process down.

use crate::collections::Text;
use crate::failure::{Crash, Panic, signal_name};
use crate::flight::word;
use crate::heap;
use crate::hot::HOT;
use crate::sys::{Errno, futex, signal};
use core::ffi::c_int;
use core::fmt::Write;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// Words of a report.
pub const WORDS: usize = 128;
pub(crate) const MESSAGE: usize = 16;
pub(crate) const PLACE: usize = 80;
/// Added to the first word by root, once it has read the report.
pub(crate) const TOLD: u64 = 1 << 32;

/// A report as it lies in memory.
pub type Report = [u64; WORDS];

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing.
    Unknown,
    /// A crash.
    Crash(Crash),
    /// A panic.
    Panic(Panic),
    /// Somebody killed it with this signal.
    Killed(i32),
    /// It ended its process by `exit` with this code.
    Exited(i32),
    /// It gave no sign of life and was ended by the watchdog; with where it was, if that could still be found
    /// out.
    Hung(Option<Crash>),
    /// It did not become ready in time and was ended.
    Unready,
    /// `run` returned an error, which is in the log.
    Failed,
    /// `run` returned.
    Returned,
}

/// From now on this process reports to `report`; with a `word`, it announces its crash there.
///
/// # Safety
/// The pointers must be writable for as long as the process lives, or until the next call.
pub unsafe fn direct(report: *mut Report, word: *mut AtomicU32, refused: *mut AtomicU64) {
    HOT.report.store(report, SeqCst);
    HOT.word.store(word, SeqCst);
    HOT.refused.store(refused, SeqCst);
}

/// From now on this process reports to nobody.
pub fn to_nobody() {
    HOT.report.store(ptr::null_mut(), SeqCst);
    HOT.word.store(ptr::null_mut(), SeqCst);
    HOT.refused.store(ptr::null_mut(), SeqCst);
}

/// The signals of a crash.
pub(crate) const CRASHES: [c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP, libc::SIGSYS];

const STACK: usize = 65_536;
#[repr(C, align(4096))]
struct Stack(core::cell::UnsafeCell<[u8; STACK]>);
// SAFETY: only the kernel uses it, for one handler at a time in each process.
unsafe impl Sync for Stack {}
static ALTERNATE: Stack = Stack(core::cell::UnsafeCell::new([0; STACK]));

/// Installs the crash handler and its stack; children inherit both.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn install_handlers() -> Result<(), Errno> {
    let stack = libc::stack_t { ss_sp: ALTERNATE.0.get().cast(), ss_flags: 0, ss_size: STACK };
    // SAFETY: the static outlives the process's use of it, and no handler runs on it now.
    crate::sys::check(libc::c_long::from(unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) }))?;
    for crash in CRASHES {
        // SAFETY: `on_crash` only stores words and makes system calls.
        unsafe { signal::handle(crash, on_crash, libc::SA_ONSTACK | libc::SA_RESETHAND | libc::SA_NODEFER) }?;
    }
    Ok(())
}

extern "C" fn on_crash(number: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let report = HOT.report.load(Relaxed);
    // SAFETY: the kernel hands both to a handler with SA_SIGINFO.
    let Crash { code, address, instruction, stack, .. } = unsafe { seen(number, info, context) };
    // Another thread may crash at the same time: the first one reports, and the report becomes valid with its
    // first word, which comes last, since a second crash ends the process whatever this one is about.
    if report.is_null() || !HOT.reporting.swap(true, SeqCst) {
        let words: [u64; 6] = [1, number as u64, code as u64, address, instruction, stack];
        for (i, value) in words.iter().enumerate().rev().filter(|_| !report.is_null()) {
            // SAFETY: `direct` promised a writable report.
            unsafe { ptr::write_volatile(report.cast::<u64>().add(i), *value) };
        }
        note_refusal();
        announce(word::CRASHED);
    }
    // SA_RESETHAND has put the default back. A fault comes again when the handler returns, but a trap does
    // not, nor a signal that somebody sent: what has announced its crash must end by it in every case.
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(number) };
}

/// What a handler of a crash's signal sees.
///
/// # Safety
/// The pointers are those that the kernel handed to a handler with `SA_SIGINFO`.
pub(crate) unsafe fn seen(
    number: c_int,
    info: *const libc::siginfo_t,
    context: *const libc::c_void,
) -> Crash {
    let (instruction, stack) = registers(context);
    // SAFETY: the caller's contract.
    let code = unsafe { (*info).si_code };
    // SAFETY: as above. Where a process sent the signal, the sender's PID stands in the address's place.
    let address = if code > 0 { unsafe { (*info).si_addr() as u64 } } else { 0 };
    Crash { signal: number, code, address, instruction, stack }
}

/// Puts what the heap refused into the report, so that running out of it is told from other aborts.
pub(crate) fn note_refusal() {
    let refused = HOT.refused.load(Relaxed);
    if let (false, Some(request)) = (refused.is_null(), heap::refused()) {
        // SAFETY: `direct` promised a writable word.
        unsafe { (*refused).store(request.bytes as u64, Relaxed) };
    }
}

/// Tells the ancestor how this flight ended, unless it has given the flight up. Returns whether it was told.
pub(crate) fn announce(state: u32) -> bool {
    let address = HOT.word.load(Relaxed);
    if address.is_null() {
        return false;
    }
    // SAFETY: `direct` promised a writable word.
    let announced = word::announce(unsafe { &*address }, state);
    if announced {
        futex::wake(address);
    }
    announced
}

#[cfg(target_arch = "x86_64")]
fn registers(context: *const libc::c_void) -> (u64, u64) {
    // SAFETY: the kernel hands a valid context to a handler with SA_SIGINFO.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    (registers[libc::REG_RIP as usize] as u64, registers[libc::REG_RSP as usize] as u64)
}

#[cfg(target_arch = "aarch64")]
fn registers(context: *const libc::c_void) -> (u64, u64) {
    // SAFETY: the kernel hands a valid context to a handler with SA_SIGINFO.
    let machine = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    (machine.pc, machine.sp)
}

/// Empties a report.
///
/// # Safety
/// `report` must be writable and used by nobody else.
pub unsafe fn clear(report: *mut Report) {
    // SAFETY: the caller's contract; a zero kind means that there is nothing.
    unsafe { ptr::write_volatile(report.cast::<u64>(), 0) };
}

/// Reads a report out of memory that another process may write.
///
/// # Safety
/// `report` must be readable.
pub unsafe fn read(report: *const Report) -> Cause {
    // SAFETY: the caller's contract. One copy, which is all that is looked at.
    let words = unsafe { ptr::read_volatile(report) };
    match words[0] & !TOLD {
        1 => Cause::Crash(Crash {
            signal: words[1] as i32,
            code: words[2] as i32,
            address: words[3],
            instruction: words[4],
            stack: words[5],
        }),
        2 => {
            let place: Text<248> = text(&words[PLACE..], words[9]);
            let mut start = place.len().saturating_sub(32);
            while !place.is_char_boundary(start) {
                start += 1;
            }
            Cause::Panic(Panic {
                message: text(&words[MESSAGE..PLACE], words[8]),
                place: Text::truncated(&place[start..]),
            })
        }
        _ => Cause::Unknown,
    }
}

/// Logs a panic that another process reported, in full.
///
/// # Safety
/// `report` must be readable.
pub(crate) unsafe fn log_panic(task: &str, report: *const Report) {
    // SAFETY: the caller's contract. One copy, which is all that is looked at.
    let words = unsafe { ptr::read_volatile(report) };
    let message: Text<512> = text(&words[MESSAGE..PLACE], words[8]);
    let place: Text<248> = text(&words[PLACE..], words[9]);
    log::warn!("{task}: panicked at {place}: {message}");
}

fn text<const N: usize>(words: &[u64], len: u64) -> Text<N> {
    let bytes = zerocopy::IntoBytes::as_bytes(words);
    let bytes = &bytes[..(len as usize).min(bytes.len())];
    let valid = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    Text::truncated(valid)
}

/// Installs the hook that turns a panic into a report. Call before the seal: it allocates.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a value that is no text");
        let mut place = Text::<120>::EMPTY;
        if let Some(location) = info.location() {
            let _ = write!(place, "{}:{}:{}", location.file(), location.line(), location.column());
        }
        store_panic(message, place.as_str());
        if HOT.word.load(Relaxed).is_null() {
            log::error!("panicked at {place}: {message}");
        }
    }));
}

fn store_panic(message: &str, place: &str) {
    let report = HOT.report.load(Relaxed);
    if report.is_null() {
        return;
    }
    let message: Text<{ (PLACE - MESSAGE) * 8 }> = Text::truncated(message);
    let place: Text<{ (WORDS - PLACE) * 8 }> = Text::truncated(place);
    // SAFETY: `direct` promised a writable report of `WORDS` words; both texts fit between their offsets.
    unsafe {
        let words = report.cast::<u64>();
        ptr::copy_nonoverlapping(message.as_ptr(), words.add(MESSAGE).cast(), message.len());
        ptr::copy_nonoverlapping(place.as_ptr(), words.add(PLACE).cast(), place.len());
        ptr::write_volatile(words.add(8), message.len() as u64);
        ptr::write_volatile(words.add(9), place.len() as u64);
        ptr::write_volatile(words, 2);
    }
}

/// A word for the log: the crash's signal, or that it is not known.
pub fn brief(cause: Cause) -> &'static str {
    match cause {
        Cause::Unknown => "no report",
        Cause::Crash(crash) => signal_name(crash.signal),
        Cause::Panic(_) => "panic",
        Cause::Killed(signal) => signal_name(signal),
        Cause::Exited(_) => "exit",
        Cause::Hung(_) => "hang",
        Cause::Unready => "not ready",
        Cause::Failed => "error",
        Cause::Returned => "return",
    }
}
