//! A daemon with a watchdog whose signal handlers hang, or are short and many.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use perennial::prelude::*;
use perennial::report::Cause;
use perennial_tests::{say, say::command};
use std::os::fd::BorrowedFd;

#[daemon(mem = "128KiB", watchdog = "300ms", max_restarts = 1000, backoff = "1ms")]
struct Handling {
    steps: u64,
}

static TICKS: AtomicU32 = AtomicU32::new(0);

type Install = unsafe extern "C" fn(c_int, *const libc::sigaction, *mut libc::sigaction) -> c_int;

extern "C" fn tick(_: c_int) {
    TICKS.fetch_add(1, Relaxed);
}

extern "C" fn spin(_: c_int) {
    loop {
        core::hint::spin_loop();
    }
}

extern "C" fn sleep(_: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    assert!(!info.is_null() && !context.is_null(), "the arguments were lost");
    loop {
        // SAFETY: no arguments.
        unsafe { libc::pause() };
    }
}

/// What a shared library would be linked to.
fn installer_of_libraries() -> Install {
    // SAFETY: looks up a name; the symbol is C's `sigaction`.
    unsafe { core::mem::transmute(libc::dlsym(libc::RTLD_DEFAULT, c"sigaction".as_ptr())) }
}

fn handle() {
    // SAFETY: the handlers do nothing but what signal handlers may.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = tick as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, core::ptr::null_mut()), 0);
        assert_eq!(libc::signal(libc::SIGUSR1, spin as *const () as usize), libc::SIG_DFL);
        action.sa_sigaction = sleep as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        assert_eq!(installer_of_libraries()(libc::SIGUSR2, &raw const action, core::ptr::null_mut()), 0);
    }
}

/// Whether those who ask are told of the handlers that they installed.
fn asked() -> bool {
    // SAFETY: as above; locals are filled.
    unsafe {
        let mut old: libc::sigaction = core::mem::zeroed();
        libc::sigaction(libc::SIGALRM, core::ptr::null(), &raw mut old) == 0
            && old.sa_sigaction == tick as *const () as usize
            && libc::signal(libc::SIGUSR1, libc::SIG_IGN) == spin as *const () as usize
            && libc::signal(libc::SIGUSR1, spin as *const () as usize) == libc::SIG_IGN
            && libc::sigaction(libc::SIGKILL, &raw const old, core::ptr::null_mut()) == -1
            && libc::sigaction(1000, &raw const old, core::ptr::null_mut()) == -1
    }
}

/// Has a signal sent every millisecond from now on.
fn tick_on() {
    let time = libc::timeval { tv_sec: 0, tv_usec: 1_000 };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: reads a local.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, core::ptr::null_mut()) };
}

impl Daemon for Handling {
    fn run(me: &mut Handle<Self>) -> Outcome {
        handle();
        let cause = match me.start() {
            Start::First => "first",
            Start::Again(Cause::Hung(Some(_))) => "hung-with-report",
            Start::Again(_) => "other",
        };
        say!("up name=Handling pid={} generation={} cause={cause}", std::process::id(), me.generation());
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while me.wait()?.is_running() {
            match command().as_deref() {
                Some("ask") => say!("asked same={}", asked()),
                Some("tick") => tick_on(),
                Some("ticks") => say!("ticks count={}", TICKS.load(Relaxed)),
                Some("quit") => me.shutdown(0),
                Some(_) => {}
                None => me.unwatch(stdin),
            }
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Handling];
}
