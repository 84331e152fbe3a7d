//! A second thread in a transaction, one of which goes wrong.
//!
//! A thread finds no memory for its stack after the seal, unless it is given some: here from the transaction's
//! heap. What libc itself needs for a thread is small and comes from the same heap.

use core::ffi::c_void;
use perennial_tests::fault::Fault;
use perennial_tests::say;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A thread crashes, the main thread computes for ever.
    Thread,
    /// The main thread crashes, the other computes for ever.
    Main,
    /// Both crash in different ways.
    Both,
    /// A thread crashes while the main thread returns.
    Race,
    /// The main thread ends by itself, the other goes on.
    MainEnds,
    /// A crash with all signals blocked.
    Blocked,
    /// A crash whose signal is ignored.
    Ignored,
    /// A crash in the crash handler: it cannot write its report.
    Handler,
    /// A crash without a stack for the handler.
    Stackless,
    /// A thread overflows its stack.
    Deep,
}

const ALL: [(&str, Wrong); 10] = [
    ("thread", Wrong::Thread),
    ("main", Wrong::Main),
    ("both", Wrong::Both),
    ("race", Wrong::Race),
    ("main-ends", Wrong::MainEnds),
    ("blocked", Wrong::Blocked),
    ("ignored", Wrong::Ignored),
    ("handler", Wrong::Handler),
    ("stackless", Wrong::Stackless),
    ("deep", Wrong::Deep),
];

impl Wrong {
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, wrong)| *wrong)
    }
}

const STACK: usize = 65_536;

/// Starts a thread on a stack from the heap.
fn start(body: extern "C" fn(*mut c_void) -> *mut c_void, argument: u64) -> Result<(), ()> {
    // SAFETY: a stack of its own, for the rest of the process's life; the attribute is a local.
    unsafe {
        let stack = libc::aligned_alloc(4096, STACK);
        let mut attributes: libc::pthread_attr_t = core::mem::zeroed();
        if stack.is_null()
            || libc::pthread_attr_init(&raw mut attributes) != 0
            || libc::pthread_attr_setstack(&raw mut attributes, stack, STACK) != 0
        {
            return Err(());
        }
        // libc guards no stack that it has not made.
        libc::mprotect(stack, 4096, libc::PROT_NONE);
        let mut thread: libc::pthread_t = core::mem::zeroed();
        match libc::pthread_create(&raw mut thread, &raw const attributes, body, argument as *mut c_void) {
            0 => Ok(()),
            _ => Err(()),
        }
    }
}

fn compute() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

extern "C" fn crash(_: *mut c_void) -> *mut c_void {
    let _ = Fault::Null.strike();
    core::ptr::null_mut()
}

extern "C" fn crash_after(nanoseconds: *mut c_void) -> *mut c_void {
    let end = now() + nanoseconds.addr() as u64;
    while now() < end {}
    crash(core::ptr::null_mut())
}

extern "C" fn go_on(_: *mut c_void) -> *mut c_void {
    compute()
}

extern "C" fn overflow(_: *mut c_void) -> *mut c_void {
    let _ = Fault::Overflow.strike();
    core::ptr::null_mut()
}

fn now() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Makes everything unwritable that lies below a block of the heap, where the slot's control page is.
fn freeze_slot() {
    let block = Box::new([0_u8; 64]);
    let page = block.as_ptr().addr() & !4095;
    for below in 1..=512 {
        // SAFETY: none; that the process cannot go on from here is what is tested.
        unsafe { libc::mprotect((page - below * 4096) as *mut c_void, 4096, libc::PROT_READ) };
    }
}

pub fn go_wrong(wrong: Wrong, nanoseconds: u64) -> Result<(), ()> {
    if wrong != Wrong::Race {
        say!("flight pid={}", std::process::id());
    }
    match wrong {
        Wrong::Thread => start(crash, 0)?,
        Wrong::Main => {
            start(go_on, 0)?;
            crash(core::ptr::null_mut());
        }
        Wrong::Both => {
            start(crash, 0)?;
            let _ = Fault::Divide.strike();
        }
        Wrong::Race => {
            start(crash_after, 20_000)?;
            // From a thread that has hardly begun to one that has crashed long ago.
            let end = now() + 4 * nanoseconds;
            while now() < end {}
            return Ok(());
        }
        Wrong::MainEnds => {
            start(go_on, 0)?;
            // SAFETY: ends this thread alone.
            unsafe { libc::syscall(libc::SYS_exit, 0) };
        }
        // SAFETY: fills and reads a local.
        Wrong::Blocked => unsafe {
            let mut all: libc::sigset_t = core::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, core::ptr::null_mut());
            crash(core::ptr::null_mut());
        },
        Wrong::Ignored => {
            // SAFETY: takes numbers.
            unsafe { libc::signal(libc::SIGSEGV, libc::SIG_IGN) };
            crash(core::ptr::null_mut());
        }
        Wrong::Handler => {
            freeze_slot();
            crash(core::ptr::null_mut());
        }
        Wrong::Stackless => {
            let stack = libc::stack_t { ss_sp: 4096 as *mut c_void, ss_flags: 0, ss_size: 65_536 };
            // SAFETY: none; nothing is mapped there, which is what is tested.
            unsafe { libc::sigaltstack(&raw const stack, core::ptr::null_mut()) };
            crash(core::ptr::null_mut());
        }
        Wrong::Deep => start(overflow, 0)?,
    }
    compute()
}
