//! The few system calls that the measurements are made of.

use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Monotonic nanoseconds.
pub fn now() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// The floor of everything that forks: a child that does nothing, and its exit status. Without libc, whose `fork` has
/// the child of a daemon give up what belongs to the tree first.
pub fn bare_fork() {
    // SAFETY: the process has one thread; the child ends at once, and uses nothing that libc's `fork` prepares.
    unsafe {
        let pid = libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t;
        if pid == 0 {
            libc::syscall(libc::SYS_exit_group, 0);
        }
        let mut status = 0;
        while libc::waitpid(pid, &raw mut status, 0) == -1 && pid > 0 {}
    }
}

/// Keeps SIGCHLD from interrupting, or lets it through again.
pub fn hold_sigchld(hold: bool) {
    // SAFETY: fills and reads a local.
    unsafe {
        let mut set: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        let how = if hold { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
        libc::sigprocmask(how, &raw const set, core::ptr::null_mut());
    }
}

/// Sleeps while `word` is `value`, for at most a minute. False once the minute is over.
pub fn wait_while(word: &AtomicU32, value: u32) -> bool {
    let until = now() + 60_000_000_000;
    while word.load(SeqCst) == value {
        if now() >= until {
            return false;
        }
        wait(word, value);
    }
    true
}

/// Sleeps while `word` is `value`, until it is woken, or for a second.
pub fn wait(word: &AtomicU32, value: u32) {
    let second = libc::timespec { tv_sec: 1, tv_nsec: 0 };
    // SAFETY: the kernel reads the word and the time.
    unsafe {
        libc::syscall(libc::SYS_futex, core::ptr::from_ref(word), libc::FUTEX_WAIT, value, &raw const second)
    };
}

/// Wakes who sleeps on `word`.
pub fn wake(word: &AtomicU32) {
    // SAFETY: the kernel only looks the address up.
    unsafe { libc::syscall(libc::SYS_futex, core::ptr::from_ref(word), libc::FUTEX_WAKE, i32::MAX) };
}

/// Adds one to `word` and wakes who sleeps on it.
pub fn advance(word: &AtomicU32) {
    word.fetch_add(1, SeqCst);
    wake(word);
}

/// Keeps this process and its children on one core: the last that it may use.
pub fn pin() {
    // SAFETY: fills and reads a local of the size that is given.
    unsafe {
        let mut all: libc::cpu_set_t = core::mem::zeroed();
        libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut all);
        let Some(last) = (0..libc::CPU_SETSIZE as usize).rev().find(|&cpu| libc::CPU_ISSET(cpu, &all)) else {
            return;
        };
        let mut one: libc::cpu_set_t = core::mem::zeroed();
        libc::CPU_SET(last, &mut one);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one);
    }
}

/// Shared memory without a file; pages that nobody touches take nothing.
///
/// # Panics
/// When there is none.
pub fn shared_memory(bytes: usize) -> *mut u8 {
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let memory =
        unsafe { libc::mmap(core::ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED, "no room for the figures' own memory");
    memory.cast()
}

/// Bytes of this process that are resident, shared ones included.
pub fn resident() -> u64 {
    let mut text = [0_u8; 128];
    // SAFETY: reads a file into a local.
    let len = unsafe {
        let file = libc::open(c"/proc/self/statm".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        let len = libc::read(file, text.as_mut_ptr().cast(), text.len());
        libc::close(file);
        usize::try_from(len).unwrap_or(0)
    };
    let text = core::str::from_utf8(&text[..len]).unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
