//! Memory: sealed files without a name, and mappings of them.

use super::{Errno, check};
use core::ffi::{CStr, c_int};
use core::ptr;

/// A memory file.
#[derive(Debug)]
pub struct MemFd(c_int);

impl MemFd {
    /// Creates one of `size` bytes, all-zero, that can be sealed.
    ///
    /// # Errors
    /// `ENOMEM`, `EFBIG` at the file-size limit, or limits on descriptors.
    pub fn create(name: &CStr, size: usize) -> Result<Self, Errno> {
        // SAFETY: reads a C string.
        let fd = check(libc::c_long::from(unsafe {
            libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING)
        }))?;
        let this = Self(fd as c_int);
        // SAFETY: takes numbers.
        check(libc::c_long::from(unsafe { libc::ftruncate(this.0, size as libc::off_t) }))?;
        Ok(this)
    }

    /// Reserves all pages.
    ///
    /// # Errors
    /// `ENOSPC` or `ENOMEM` where there are not enough.
    pub fn reserve(&self, size: usize) -> Result<(), Errno> {
        // SAFETY: takes numbers.
        check(libc::c_long::from(unsafe { libc::fallocate(self.0, 0, 0, size as libc::off_t) })).map(|_| ())
    }

    /// From now on nobody can make another writable mapping, write through a descriptor, change the size
    /// or remove a seal.
    ///
    /// # Errors
    /// `EPERM` if it was sealed before.
    pub fn seal(&self) -> Result<(), Errno> {
        let seals = libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        // SAFETY: takes numbers.
        check(libc::c_long::from(unsafe { libc::fcntl(self.0, libc::F_ADD_SEALS, seals) })).map(|_| ())
    }

    /// Maps all of it, writable or not, with its page tables filled if `populate`.
    ///
    /// # Errors
    /// What mmap answers.
    pub fn map(&self, size: usize, writable: bool, populate: bool) -> Result<*mut u8, Errno> {
        let protection = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        let flags = libc::MAP_SHARED | if populate { libc::MAP_POPULATE } else { 0 };
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let address = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, self.0, 0) };
        if address == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(address.cast()) }
    }

    /// Opens the same file once more, for reading only.
    ///
    /// # Errors
    /// Where `/proc` is missing.
    pub fn reopen_read_only(&self) -> Result<c_int, Errno> {
        let mut path = *b"/proc/self/fd/0000000000\0";
        let mut at = path.len() - 1;
        let mut rest = self.0;
        loop {
            at -= 1;
            path[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        // Leading zeros are not part of the name: move the digits to the front.
        let digits = path.len() - 1 - at;
        path.copy_within(at.., 14);
        path[14 + digits] = 0;
        // SAFETY: reads a C string.
        check(libc::c_long::from(unsafe {
            libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC)
        }))
        .map(|fd| fd as c_int)
    }
}

impl Drop for MemFd {
    fn drop(&mut self) {
        // SAFETY: the descriptor is owned by this value.
        unsafe { libc::close(self.0) };
    }
}

/// Makes a range read-only.
///
/// # Safety
/// Nothing may write there any more.
///
/// # Errors
/// What mprotect answers.
pub unsafe fn make_read_only(start: *mut u8, len: usize) -> Result<(), Errno> {
    if len == 0 {
        return Ok(());
    }
    // SAFETY: the caller's contract.
    check(libc::c_long::from(unsafe { libc::mprotect(start.cast(), len, libc::PROT_READ) })).map(|_| ())
}

/// Whether there is memory at the start of a page.
pub fn is_mapped(page: *mut u8) -> bool {
    let mut resident = 0;
    // SAFETY: writes one local byte for one page.
    unsafe { libc::mincore(page.cast(), 1, &raw mut resident) == 0 }
}

/// Keeps a mapping out of children.
///
/// # Errors
/// What madvise answers.
pub fn keep_from_children(start: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: changes what a later fork copies, not what is mapped here.
    check(libc::c_long::from(unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTFORK) })).map(|_| ())
}

/// Lets children inherit what [`keep_from_children`] kept from them.
///
/// # Errors
/// What madvise answers.
pub fn leave_to_children(start: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: changes what a later fork copies, not what is mapped here.
    check(libc::c_long::from(unsafe { libc::madvise(start.cast(), len, libc::MADV_DOFORK) })).map(|_| ())
}

/// Keeps the kernel from joining a mapping with its neighbours.
///
/// # Errors
/// What madvise answers.
pub fn tell_apart(start: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: advice on reading ahead, of which there is none in shared memory.
    check(libc::c_long::from(unsafe { libc::madvise(start.cast(), len, libc::MADV_RANDOM) })).map(|_| ())
}

/// Keeps a mapping out of core dumps, which would take long and show everybody's state.
///
/// # Errors
/// What madvise answers.
pub fn keep_from_dumps(start: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: changes what a core dump contains, nothing else.
    check(libc::c_long::from(unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTDUMP) })).map(|_| ())
}

/// Forbids to unmap, move, grow or re-protect a mapping.
///
/// # Errors
/// `ENOSYS` before Linux 6.10.
pub fn seal(start: *mut u8, len: usize) -> Result<(), Errno> {
    // The same number on every architecture; libc has no name for it on all of them.
    const SYS_MSEAL: libc::c_long = 462;
    // SAFETY: only takes permissions away.
    check(unsafe { libc::syscall(SYS_MSEAL, start, len, 0) }).map(|_| ())
}
