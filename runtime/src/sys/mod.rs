//! The system calls that the runtime uses, each behind a safe or narrowly unsafe function.
//!
//! Nothing here allocates, and nothing takes a lock of libc's. Errors are [`Errno`] values.

pub mod clock;
pub mod file;
pub mod futex;
pub mod kernel;
pub mod memory;
pub mod process;
pub mod procfs;
pub mod random;
pub mod robust;
pub mod schedule;
pub mod signal;
#[cfg(all(test, target_arch = "x86_64"))]
pub mod stepping;

pub use nix::errno::Errno;

/// The result of a system call that answers -1 on failure.
pub fn check(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(Errno::last()) } else { Ok(result) }
}
