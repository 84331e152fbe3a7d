//! For tests: runs code one instruction at a time and looks in between, as a signal handler would that comes there, or
//! a peer. What holds at each instruction holds whenever somebody looks.

use super::signal;
use core::cell::Cell;
use core::ffi::{c_int, c_void};

/// The processor's flag by which it raises SIGTRAP after each instruction.
const TRAP: usize = 1 << 8;

thread_local! {
    static LOOK: Cell<Option<*const (dyn Fn() + 'static)>> = const { Cell::new(None) };
}

extern "C" fn trap(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    if let Some(look) = LOOK.get() {
        // SAFETY: `step` borrows it for as long as it is there.
        unsafe { (*look)() };
    }
}

/// Runs `work` and calls `look`, which must neither allocate nor panic, after each instruction of it.
pub fn step(work: impl FnOnce(), look: &dyn Fn()) {
    // SAFETY: what it calls does no more than signal handlers may, by this function's contract.
    unsafe { signal::handle(libc::SIGTRAP, trap, 0) }.expect("SIGTRAP can be handled");
    // SAFETY: lengthens the lifetime of what is taken back below.
    let forever: &(dyn Fn() + 'static) = unsafe { core::mem::transmute(look) };
    LOOK.set(Some(forever));
    // SAFETY: changes the one flag, which the kernel keeps out of the handler.
    unsafe { core::arch::asm!("pushfq", "or qword ptr [rsp], {}", "popfq", const TRAP) };
    work();
    // SAFETY: as above.
    unsafe { core::arch::asm!("pushfq", "and qword ptr [rsp], {}", "popfq", const !TRAP as i32) };
    LOOK.set(None);
}
