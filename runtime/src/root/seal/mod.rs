//! The seal: what root gives up before the first fork, and every child with it.

mod filter;

use super::socket::Directory;

use crate::sys::{Errno, check};
use crate::{heap, report};

/// Why the seal failed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The kernel refused a step.
    #[error("{step} failed: {errno}")]
    Refused {
        /// The step.
        step: &'static str,
        /// The kernel's answer.
        errno: Errno,
    },
    /// The system-call filter could not be installed.
    #[error("installing the system-call filter failed: {0}; the kernel needs CONFIG_SECCOMP_FILTER")]
    Filter(#[from] seccompiler::Error),
}

fn step(step: &'static str) -> impl Fn(Errno) -> SealError {
    move |errno| SealError::Refused { step, errno }
}

fn limit(resource: libc::__rlimit_resource_t, value: u64) -> Result<(), Errno> {
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: reads a local.
    check(libc::c_long::from(unsafe { libc::setrlimit(resource, &raw const limit) })).map(|_| ())
}

/// Seals the process: no growth from here on.
///
/// # Errors
/// [`SealError`] naming the step that the kernel refused.
pub fn seal(directory: &Directory) -> Result<(), SealError> {
    report::install_handlers().map_err(step("installing the crash handler"))?;
    super::signals::install().map_err(step("installing signal handlers"))?;
    directory.listen().map_err(step("listening for tools"))?;
    crate::foreign::guard().map_err(step("watching forks"))?;
    crate::sys::process::become_subreaper().map_err(step("becoming subreaper"))?;
    // A dead daemon's memory may take long to take down; the next incarnation does not wait for that.
    let _ = crate::sys::schedule::soon();
    // One byte, not zero: where cores go to a pipe, zero does not stop them, and a dump delays a restart.
    limit(libc::RLIMIT_CORE, 1).map_err(step("limiting core dumps"))?;
    let filter = filter::program()?;
    heap::seal();
    // Soft and hard: a soft limit of zero alone lets all but brk through.
    limit(libc::RLIMIT_DATA, 0).map_err(step("limiting data"))?;
    seccompiler::apply_filter(&filter)?;
    // Not freed: from here on root makes no call of the heap, and is counted if it does.
    core::mem::forget(filter);
    Ok(())
}
