//! Clocks that step: these functions stand in for libc's, for the program and every library in it.
//!
//! - Every clock but the monotonic one is hours off, by as many others each time it is read.
//! - The monotonic clock is as far ahead as the file says that `PERENNIAL_AHEAD` names, in nanoseconds: whoever
//!   writes there has it jump in all processes at once. The kernel does not know, so what a process asks it to wait
//!   for is set back by as much.

use core::arch::asm;
use core::ffi::{c_int, c_long, c_void};
use core::sync::atomic::{AtomicI64, AtomicPtr, AtomicU32, Ordering::Relaxed};
use perennial::prelude::Error;
use std::os::fd::AsRawFd;

/// By how many hours the clocks are off; neighbours differ.
const HOURS: [i64; 7] = [0, 5, -3, 11, -8, 2, -6];

static READS: AtomicU32 = AtomicU32::new(0);
static NOWHERE: AtomicI64 = AtomicI64::new(0);
static AHEAD: AtomicPtr<AtomicI64> = AtomicPtr::new((&raw const NOWHERE).cast_mut());

fn ahead() -> i64 {
    // SAFETY: it is a static, or in a mapping that is never taken away.
    unsafe { &*AHEAD.load(Relaxed) }.load(Relaxed)
}

/// The set-up hook: maps the file, if there is one.
pub fn warp() -> Result<(), Error> {
    if let Some(path) = std::env::var_os("PERENNIAL_AHEAD") {
        let file = std::fs::File::open(path)?;
        // SAFETY: a new mapping of a file that holds as much.
        let page = unsafe {
            libc::mmap(core::ptr::null_mut(), 8, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        if page == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error().into());
        }
        AHEAD.store(page.cast(), Relaxed);
    }
    Ok(())
}

/// The system call as it is.
///
/// # Safety
/// As for the call.
#[cfg(target_arch = "aarch64")]
unsafe fn call(number: c_long, words: [usize; 6]) -> isize {
    let result;
    // SAFETY: the kernel keeps all registers but this one.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") words[0] as isize => result, in("x1") words[1],
            in("x2") words[2], in("x3") words[3], in("x4") words[4], in("x5") words[5], options(nostack));
    }
    result
}

/// The system call as it is.
///
/// # Safety
/// As for the call.
#[cfg(target_arch = "x86_64")]
unsafe fn call(number: c_long, words: [usize; 6]) -> isize {
    let result;
    // SAFETY: the kernel keeps all registers but these.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") words[0], in("rsi") words[1],
            in("rdx") words[2], in("r10") words[3], in("r8") words[4], in("r9") words[5],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

fn answer(result: isize) -> c_long {
    if result < 0 {
        // SAFETY: the thread's own.
        unsafe { *libc::__errno_location() = -result as c_int };
        return -1;
    }
    result as c_long
}

fn add(time: &mut libc::timespec, nanos: i64) {
    let sum = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec) + i128::from(nanos);
    let sum = sum.max(0);
    (time.tv_sec, time.tv_nsec) = ((sum / 1_000_000_000) as i64, (sum % 1_000_000_000) as i64);
}

#[unsafe(no_mangle)]
extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    // SAFETY: the caller's pointer is where the kernel writes.
    let result = unsafe { call(libc::SYS_clock_gettime, [clock as usize, time as usize, 0, 0, 0, 0]) };
    if result == 0 {
        let off = if clock == libc::CLOCK_MONOTONIC {
            ahead()
        } else {
            HOURS[READS.fetch_add(1, Relaxed) as usize % HOURS.len()] * 3_600_000_000_000
        };
        // SAFETY: the kernel has just written there.
        add(unsafe { &mut *time }, off);
    }
    answer(result) as c_int
}

#[unsafe(no_mangle)]
extern "C" fn time(place: *mut libc::time_t) -> libc::time_t {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    clock_gettime(libc::CLOCK_REALTIME, &raw mut now);
    if !place.is_null() {
        // SAFETY: the caller's place for the result.
        unsafe { place.write(now.tv_sec) };
    }
    now.tv_sec
}

#[unsafe(no_mangle)]
extern "C" fn gettimeofday(place: *mut libc::timeval, _zone: *mut c_void) -> c_int {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    clock_gettime(libc::CLOCK_REALTIME, &raw mut now);
    // SAFETY: the caller's place for the result.
    unsafe { place.write(libc::timeval { tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1000 }) };
    0
}

/// In C its number of arguments varies; where they are passed does not depend on it.
#[unsafe(no_mangle)]
extern "C" fn syscall(
    number: c_long,
    first: usize,
    second: usize,
    third: usize,
    fourth: usize,
    fifth: usize,
    sixth: usize,
) -> c_long {
    let mut words = [first, second, third, fourth, fifth, sixth];
    // Where a call has an absolute time of the monotonic clock.
    let waits = second as c_int & !(libc::FUTEX_PRIVATE_FLAG) == libc::FUTEX_WAIT_BITSET;
    let place = match number {
        libc::SYS_futex if waits => Some(3),
        libc::SYS_futex_waitv if fifth as c_int == libc::CLOCK_MONOTONIC => Some(3),
        _ => None,
    };
    let mut deadline = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    if let Some(place) = place.filter(|place| words[*place] != 0) {
        // SAFETY: such a call passes a time there.
        deadline = unsafe { *(words[place] as *const libc::timespec) };
        add(&mut deadline, -ahead());
        words[place] = (&raw const deadline) as usize;
    }
    // SAFETY: the caller's call, with a time that outlives it.
    let result = unsafe { call(number, words) };
    let _ = &raw const deadline;
    answer(result)
}
