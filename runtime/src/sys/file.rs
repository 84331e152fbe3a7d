//! Reading a file without memory from the heap.

use super::{Errno, check};
use core::ffi::{CStr, c_int};

/// A file opened for reading.
#[derive(Debug)]
pub struct ReadFile(c_int);

impl ReadFile {
    /// Opens `path`; never waits, not even for the writer of a pipe.
    ///
    /// # Errors
    /// As open(2).
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY;
        // SAFETY: reads a C string.
        check(libc::c_long::from(unsafe { libc::open(path.as_ptr(), flags) })).map(|fd| Self(fd as c_int))
    }

    /// Its size in bytes, if it is a regular file.
    ///
    /// # Errors
    /// As fstat(2).
    pub fn regular_size(&self) -> Result<Option<u64>, Errno> {
        // SAFETY: all-zero is a valid stat.
        let mut found: libc::stat = unsafe { core::mem::zeroed() };
        // SAFETY: writes a local.
        check(libc::c_long::from(unsafe { libc::fstat(self.0, &raw mut found) }))?;
        Ok((found.st_mode & libc::S_IFMT == libc::S_IFREG).then_some(found.st_size.max(0) as u64))
    }

    /// Reads what follows; nothing at the end of the file.
    ///
    /// # Errors
    /// As read(2).
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
        loop {
            // SAFETY: writes at most the length of the buffer.
            let got = unsafe { libc::read(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
            match check(got as libc::c_long) {
                Ok(got) => return Ok(buffer.get(..got as usize).unwrap_or_default()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl Drop for ReadFile {
    fn drop(&mut self) {
        // SAFETY: the descriptor is owned by this value.
        unsafe { libc::close(self.0) };
    }
}
