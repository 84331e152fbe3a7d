//! Crashes of which no handler can tell.

use super::{memory, target};

pub fn without_stack() {
    let stack = libc::stack_t { ss_sp: target::UNMAPPED as *mut libc::c_void, ss_flags: 0, ss_size: 65_536 };
    // SAFETY: there is no stack, which is what this is for.
    unsafe { libc::sigaltstack(&raw const stack, core::ptr::null_mut()) };
    memory::null();
}

/// Has the handler report to where it cannot write, as a wild store into the runtime's own words would.
pub fn without_report() {
    let nobody = core::ptr::null_mut();
    // SAFETY: none; the handler crashes over it.
    unsafe {
        perennial::report::direct(target::own() as *mut perennial::report::Report, nobody, nobody.cast());
    }
    memory::null();
}

pub fn blocked() {
    // SAFETY: fills and reads a local.
    unsafe {
        let mut all: libc::sigset_t = core::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, core::ptr::null_mut());
    }
    memory::null();
}
