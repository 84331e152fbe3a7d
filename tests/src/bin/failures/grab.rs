//! Asking the kernel itself for memory.

/// Asks as a library with an allocator of its own would; counts the refusals.
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
