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

/// Handlers that found another's circumstances.
static MIXED: AtomicU32 = AtomicU32::new(0);

/// Whether SIGUSR2 is kept from coming.
fn shielded() -> bool {
    // SAFETY: fills and reads a local.
    unsafe {
        let mut mask: libc::sigset_t = core::mem::zeroed();
        libc::sigprocmask(libc::SIG_BLOCK, core::ptr::null(), &raw mut mask);
        libc::sigismember(&raw const mask, libc::SIGUSR2) == 1
    }
}

extern "C" fn open(_: c_int) {
    TICKS.fetch_add(1, Relaxed);
    MIXED.fetch_add(u32::from(shielded()), Relaxed);
}

extern "C" fn shield(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    TICKS.fetch_add(1, Relaxed);
    // SAFETY: what the kernel gives, since it was asked for.
    let right = shielded() && unsafe { (*info).si_signo } == libc::SIGALRM;
    MIXED.fetch_add(u32::from(!right), Relaxed);
}

/// Has two handlers take each other's place for so long, with signals all the while.
fn swap(me: &Handle<Handling>) {
    tick_on(50);
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        // SAFETY: the handlers do nothing but what signal handlers may; locals.
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = open as *const () as usize;
            libc::sigaction(libc::SIGALRM, &raw const action, core::ptr::null_mut());
            action.sa_sigaction = shield as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaddset(&raw mut action.sa_mask, libc::SIGUSR2);
            libc::sigaction(libc::SIGALRM, &raw const action, core::ptr::null_mut());
        }
        me.alive();
    }
    tick_on(0);
}

unsafe extern "C" {
    fn siginterrupt(number: c_int, interrupts: c_int) -> c_int;
}

/// Whether `signal` is as glibc's.
fn like_glibc() -> bool {
    let restarts = || {
        // SAFETY: fills a local.
        unsafe {
            let mut now: libc::sigaction = core::mem::zeroed();
            libc::sigaction(libc::SIGHUP, core::ptr::null(), &raw mut now);
            (now.sa_flags & libc::SA_RESTART != 0, now.sa_sigaction == tick as *const () as usize)
        }
    };
    let install = || {
        // SAFETY: the handler does nothing but what one may.
        unsafe { libc::signal(libc::SIGHUP, tick as *const () as usize) }
    };
    install();
    let at_first = restarts();
    // SAFETY: takes numbers.
    let done = unsafe { siginterrupt(libc::SIGHUP, 1) };
    let then = restarts();
    install();
    let again = restarts();
    // SAFETY: takes numbers.
    let undone = unsafe { siginterrupt(libc::SIGHUP, 0) };
    // SAFETY: takes numbers; nothing is installed.
    let refused = unsafe { libc::signal(libc::SIGHUP, libc::SIG_ERR) } == libc::SIG_ERR;
    let why = std::io::Error::last_os_error().raw_os_error();
    // SAFETY: takes numbers.
    let none = unsafe { siginterrupt(1000, 1) };
    refused
        && why == Some(libc::EINVAL)
        && (done, undone, none) == (0, 0, -1)
        && [at_first, then, again, restarts()] == [(true, true), (false, true), (false, true), (true, true)]
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

/// Has a signal sent as often from now on; 0 for no more.
fn tick_on(microseconds: i64) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
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
                Some("tick") => tick_on(1_000),
                Some("swap") => {
                    swap(me);
                    say!("swapped mixed={} count={}", MIXED.load(Relaxed), TICKS.load(Relaxed));
                }
                Some("signal") => say!("signal same={}", like_glibc()),
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
