//! Harm that the victim does itself: it asks the kernel for memory, or fails in a signal handler.

use core::sync::atomic::{AtomicUsize, Ordering};
use perennial_tests::fault::{FAULTS, Fault};

/// Asks the kernel itself for memory, as a library with an allocator of its own would; counts the refusals.
pub fn grab() -> u64 {
    // SAFETY: opens this program for reading.
    let own = unsafe { libc::open(c"/proc/self/exe".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    let mut refused = 0;
    for (flags, descriptor) in [
        (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_SHARED_VALIDATE | libc::MAP_ANONYMOUS, -1),
        (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN, -1),
        (libc::MAP_PRIVATE, own),
    ] {
        let write = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a new mapping, which nobody uses.
        let got = unsafe { libc::mmap(core::ptr::null_mut(), 1 << 20, write, flags, descriptor, 0) };
        refused += u64::from(got == libc::MAP_FAILED);
    }
    // SAFETY: asks for a memory file and a segment, which nobody uses.
    unsafe {
        refused += u64::from(libc::memfd_create(c"more".as_ptr(), libc::MFD_CLOEXEC) == -1);
        refused += u64::from(libc::shmget(libc::IPC_PRIVATE, 1 << 20, libc::IPC_CREAT | 0o600) == -1);
    }
    // SAFETY: asks for the end of the data segment to be moved; then closes the descriptor from above.
    unsafe {
        refused += u64::from(libc::sbrk(1 << 20) as isize == -1);
        libc::close(own);
    }
    refused
}

static PENDING: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_signal(_: libc::c_int) {
    let (_, fault) = FAULTS[PENDING.load(Ordering::Relaxed)];
    fault.strike(ROW.load(Ordering::Relaxed) as *const u64);
}

static ROW: AtomicUsize = AtomicUsize::new(0);

/// Makes the daemon fail the next time it gets the signal.
pub fn plan(fault: Fault, row: *const u64) {
    let index = FAULTS.iter().position(|(_, known)| *known == fault).unwrap_or(0);
    PENDING.store(index, Ordering::Relaxed);
    ROW.store(row.expose_provenance(), Ordering::Relaxed);
    // SAFETY: the handler ends this process, on the stack for handlers, since this one may be at its end.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = on_signal as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut());
    }
}
