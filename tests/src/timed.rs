//! Finds, in what strace wrote, which clock a call waits for.

/// The calls to trace: all that take a time, and those that make clocks to wait for.
pub const CALLS: &str = "trace=futex,futex_waitv,?futex_wait,nanosleep,clock_nanosleep,poll,ppoll,select,pselect6,\
    epoll_wait,epoll_pwait,?epoll_pwait2,rt_sigtimedwait,semtimedop,recvmmsg,io_getevents,io_pgetevents,\
    io_uring_enter,mq_timedsend,mq_timedreceive,timerfd_create,timer_create,setitimer,alarm";

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// No time.
    None,
    /// A time of the monotonic clock. It stands still while a machine is suspended, and is never set
    /// (`clock_gettime(2)`).
    Monotonic,
    /// So long from now, for which steps of no clock matter (`clock_nanosleep(2)`, `clock_settime(2)`).
    Relative,
    /// Another clock.
    Other,
}

/// What the call in this line of a trace waits for.
pub fn clock(line: &str) -> Clock {
    let Some((call, rest)) = line.split_once('(') else { return Clock::None };
    let call = call.rsplit(' ').next().unwrap_or(call);
    let timed = rest.contains("tv_sec=");
    match call {
        "futex" | "futex_waitv" | "futex_wait" if !timed => Clock::None,
        "futex" if rest.contains("FUTEX_CLOCK_REALTIME") || rest.contains("FUTEX_LOCK_PI") => Clock::Other,
        "futex" if rest.contains("FUTEX_WAIT_") => Clock::Monotonic,
        "futex_waitv" | "futex_wait" | "timerfd_create" | "timer_create" => {
            // BOOTTIME runs on while a machine is suspended.
            if rest.contains("CLOCK_MONOTONIC,") || rest.contains("CLOCK_MONOTONIC)") {
                Clock::Monotonic
            } else {
                Clock::Other
            }
        }
        "clock_nanosleep" if !rest.contains("TIMER_ABSTIME") => Clock::Relative,
        "clock_nanosleep" if rest.starts_with("CLOCK_MONOTONIC,") => Clock::Monotonic,
        "clock_nanosleep" | "mq_timedsend" | "mq_timedreceive" => Clock::Other,
        "setitimer" if !rest.starts_with("ITIMER_REAL") => Clock::None,
        "futex" | "poll" | "epoll_wait" | "epoll_pwait" | "alarm" | "nanosleep" | "setitimer" => {
            Clock::Relative
        }
        _ if timed => Clock::Relative,
        _ => Clock::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_told_apart() {
        let lines = [
            ("futex_waitv([{val=0}], 1, 0, {tv_sec=9, tv_nsec=1}, CLOCK_MONOTONIC) = 0", Clock::Monotonic),
            ("futex_waitv([{val=0}], 1, 0, NULL, CLOCK_MONOTONIC) = 0", Clock::None),
            ("futex_waitv([{val=0}], 1, 0, {tv_sec=9, tv_nsec=1}, CLOCK_REALTIME) = 0", Clock::Other),
            (
                "futex(0x7f, FUTEX_WAIT_BITSET, 0, {tv_sec=9, tv_nsec=1}, NULL, 0xffffffff) = 0",
                Clock::Monotonic,
            ),
            (
                "futex(0x7f, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 0, {tv_sec=9, tv_nsec=1}, NULL, 1) = 0",
                Clock::Other,
            ),
            ("futex(0x7f, FUTEX_WAIT, 0, {tv_sec=9, tv_nsec=1}) = 0", Clock::Relative),
            ("[pid 7] futex(0x7f, FUTEX_WAKE, 1) = 0", Clock::None),
            ("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=9}, 0x7f) = 0", Clock::Relative),
            ("clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=0, tv_nsec=9}, NULL) = 0", Clock::Other),
            ("timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC) = 3", Clock::Other),
            ("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = 3", Clock::Monotonic),
            ("ppoll([{fd=0}], 1, {tv_sec=0, tv_nsec=0}, NULL, 8) = 0", Clock::Relative),
            ("ppoll([{fd=0}], 1, NULL, NULL, 8) = 0", Clock::None),
            ("+++ exited with 0 +++", Clock::None),
        ];
        for (line, wanted) in lines {
            assert_eq!(clock(line), wanted, "{line}");
        }
    }
}
