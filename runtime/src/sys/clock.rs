//! Clocks: monotonic for deadlines, wall time for log lines.

use core::time::Duration;

fn read(clock: libc::clockid_t) -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes a local; the clocks used here always exist.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    Duration::new(now.tv_sec.max(0) as u64, now.tv_nsec as u32)
}

/// Time since some fixed point in the past, never set back; the same for all processes of the machine.
pub fn monotonic() -> Duration {
    read(libc::CLOCK_MONOTONIC)
}

/// The same in nanoseconds.
pub fn nanos() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: as in `read`.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    (now.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(now.tv_nsec as u64)
}

/// Time since 1970-01-01 00:00 UTC.
pub fn wall() -> Duration {
    read(libc::CLOCK_REALTIME)
}

/// For system calls that take a time.
pub fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos() as libc::c_long,
    }
}
