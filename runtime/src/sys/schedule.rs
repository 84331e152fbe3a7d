//! How soon a process gets the processor. Needs no privileges, and nothing depends on it but time.

use super::{Errno, check};

/// As in `sched_setattr(2)`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// The shortest slice that Linux grants.
const SHORT: u64 = 100_000;

/// Asks for short slices of time for this process, not for its children: it then runs as soon as it is woken
/// even where another one is busy on the same core, such as a dead one that is being taken down. Linux before
/// 6.12 ignores it.
///
/// # Errors
/// What the kernel answers; there is nothing to do about it.
pub fn soon() -> Result<(), Errno> {
    let mut now = Attributes::default();
    let size = size_of::<Attributes>() as u32;
    // SAFETY: writes a local of the given size.
    check(unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut now, size, 0) })?;
    if now.policy != libc::SCHED_OTHER as u32 || now.nice < 0 {
        // Somebody has seen to it already, and children are to inherit that.
        return Ok(());
    }
    let flags = now.flags | libc::SCHED_FLAG_RESET_ON_FORK as u64;
    let wanted = Attributes { size, flags, runtime: SHORT, ..now };
    // SAFETY: reads a local of the size that it states.
    check(unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const wanted, 0) }).map(|_| ())
}

/// Lets others run before `pid`, an own child that is as good as dead: its memory can be taken down later. It keeps a
/// tenth of what it would get beside them, so that it comes to its end.
pub fn step_aside(pid: i32) {
    const NICE: libc::c_int = 10;
    // SAFETY: takes numbers. A refusal costs time and nothing else.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, pid as libc::id_t, NICE) };
}

/// Lets others that are ready run first.
pub fn let_others_run() {
    // SAFETY: no arguments.
    unsafe { libc::sched_yield() };
}
