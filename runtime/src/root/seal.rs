//! The seal: what root gives up before the first fork, and every child with it.

use crate::sys::{Errno, check};
use crate::{heap, report};

/// Why the seal failed.
#[derive(Debug, thiserror::Error)]
#[error("{step} failed: {errno}")]
pub struct SealError {
    /// The step.
    pub step: &'static str,
    /// The kernel's answer.
    pub errno: Errno,
}

fn limit(step: &'static str, resource: libc::__rlimit_resource_t, value: u64) -> Result<(), SealError> {
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: reads a local.
    check(libc::c_long::from(unsafe { libc::setrlimit(resource, &raw const limit) }))
        .map(|_| ())
        .map_err(|errno| SealError { step, errno })
}

/// Seals the process: no growth from here on.
///
/// # Errors
/// [`SealError`] naming the step that the kernel refused.
pub fn seal() -> Result<(), SealError> {
    report::install_handlers().map_err(|errno| SealError { step: "installing the crash handler", errno })?;
    super::signals::install().map_err(|errno| SealError { step: "installing signal handlers", errno })?;
    crate::sys::process::become_subreaper().map_err(|errno| SealError { step: "becoming subreaper", errno })?;
    // A dead daemon's memory may take long to take down; the next incarnation does not wait for that.
    let _ = crate::sys::schedule::soon();
    // One byte, not zero: where cores go to a pipe, zero does not stop them, and a dump delays a restart.
    limit("limiting core dumps", libc::RLIMIT_CORE, 1)?;
    heap::seal();
    // Soft and hard: a soft limit of zero alone lets all but brk through.
    limit("limiting data", libc::RLIMIT_DATA, 0)
}
