//! Stands between a tree and the kernel: sees root's system calls and lets one of them fail.
//!
//! A filter that the tree's first process installs before it becomes the tree has the kernel ask this module about
//! the calls in question (`SECCOMP_RET_USER_NOTIF`). Every one is let through, but for the one that is to fail.
//! The descriptor for the answers comes over by `pidfd_getfd`; its number lies in a shared page, so that
//! nothing has to be asked about before anybody listens.

use perennial::test::{Launch, Tree};
use std::collections::BTreeMap;
use std::io::Error;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A call that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The number of the system call.
    pub call: i64,
    /// Which of root's calls of that number after the seal, from 1.
    pub nth: u32,
    /// With which error.
    pub errno: i32,
}

/// What was seen of root after its seal.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How often it made each call, repeated ones included.
    pub calls: BTreeMap<i64, u32>,
    /// Whether the call that was to fail did.
    pub failed: bool,
}

/// Someone who answers the kernel's questions about a tree.
#[derive(Debug)]
pub struct Interposer(JoinHandle<Tally>);

impl Interposer {
    /// What was seen, once all processes of the tree have ended.
    ///
    /// # Panics
    /// When the kernel did not answer as documented.
    pub fn tally(self) -> Tally {
        self.0.join().expect("the interposer ended well")
    }
}

/// What root and its test share: written by root before it becomes the tree.
#[repr(C)]
struct Page {
    pid: AtomicI32,
    listener: AtomicI32,
}

/// Starts a tree; with a call that is to `fail`, only calls of that number are looked at, and otherwise all.
///
/// # Panics
/// Where the kernel has no such filters (Linux 5.19), or the tree cannot be started.
pub fn start(launch: Launch, fail: Option<Failing>) -> (Tree, Interposer) {
    let page = shared_page();
    let thread = std::thread::spawn(move || answer(page, fail, |_| None));
    let call = fail.map(|fail| fail.call as u32);
    let tree = launch.prepared(move || install(page, call)).start();
    (tree, Interposer(thread))
}

/// A call that somebody of the tree is about to make after root's seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who makes it.
    pub pid: i32,
    /// Whether that is root.
    pub by_root: bool,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// Starts a tree in which every call of this number, whoever makes it, waits until `hook` has returned, and fails
/// with the error that it returns, if any.
///
/// # Panics
/// As for [`start`].
pub fn start_hooked(
    launch: Launch,
    call: i64,
    hook: impl FnMut(Asked) -> Option<i32> + Send + 'static,
) -> (Tree, Interposer) {
    let page = shared_page();
    let thread = std::thread::spawn(move || answer(page, None, hook));
    let tree = launch.prepared(move || install(page, Some(call as u32))).start();
    (tree, Interposer(thread))
}

fn shared_page() -> &'static Page {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping that is never removed; all-zero is a valid page.
    unsafe {
        let page = libc::mmap(core::ptr::null_mut(), 4096, protection, flags, -1, 0);
        assert_ne!(page, libc::MAP_FAILED, "a page");
        &*page.cast()
    }
}

/// Installs the filter. Runs between fork and exec: no memory, no locks.
fn install(page: &Page, call: Option<u32>) -> std::io::Result<()> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let otherwise = if call.is_some() { libc::SECCOMP_RET_ALLOW } else { libc::SECCOMP_RET_USER_NOTIF };
    let mut program = [
        step(LOAD, 0, 0, 0),
        step(EQUAL, call.unwrap_or(libc::SYS_seccomp as u32), 3, 0),
        // `exec` waits until somebody listens; `seccomp` tells when root seals itself.
        step(EQUAL, libc::SYS_execve as u32, 2, 0),
        step(EQUAL, libc::SYS_seccomp as u32, 1, 0),
        step(RETURN, otherwise, 0, 0),
        step(RETURN, libc::SECCOMP_RET_USER_NOTIF, 0, 0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: takes numbers, and reads locals.
    unsafe {
        page.pid.store(libc::getpid(), Ordering::SeqCst);
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Err(Error::last_os_error());
        }
        let mode = libc::SECCOMP_SET_MODE_FILTER;
        let listener = libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program);
        if listener < 0 {
            return Err(Error::last_os_error());
        }
        page.listener.store(listener as i32, Ordering::SeqCst);
    }
    Ok(())
}

/// The descriptor over which the kernel asks, taken from the process that is about to become root.
fn listener(page: &Page) -> OwnedFd {
    let deadline = Instant::now() + Duration::from_secs(20);
    while page.listener.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < deadline, "the tree was started");
        std::thread::sleep(Duration::from_micros(100));
    }
    // SAFETY: take numbers; the descriptors are new. The process waits in `exec` for what follows.
    unsafe {
        let process = libc::syscall(libc::SYS_pidfd_open, page.pid.load(Ordering::SeqCst), 0) as i32;
        assert!(process >= 0, "pidfd_open: {}", Error::last_os_error());
        let process = OwnedFd::from_raw_fd(process);
        let wanted = page.listener.load(Ordering::SeqCst);
        let taken = libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), wanted, 0) as i32;
        assert!(taken >= 0, "pidfd_getfd: {}", Error::last_os_error());
        OwnedFd::from_raw_fd(taken)
    }
}

fn answer(page: &Page, fail: Option<Failing>, mut hook: impl FnMut(Asked) -> Option<i32>) -> Tally {
    let listener = listener(page);
    let root = page.pid.load(Ordering::SeqCst) as u32;
    let mut tally = Tally::default();
    let mut sealed = false;
    loop {
        let mut entry = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: reads and writes a local.
        unsafe { libc::poll(&raw mut entry, 1, -1) };
        if entry.revents & libc::POLLIN == 0 {
            if entry.revents & libc::POLLHUP != 0 {
                // Nobody is left who could ask.
                return tally;
            }
            continue;
        }
        // SAFETY: all-zero is what the kernel wants; it writes a local.
        let mut asked: libc::seccomp_notif = unsafe { core::mem::zeroed() };
        // SAFETY: writes a local of the size that the number of the request holds.
        if unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut asked) } != 0 {
            // Whoever asked has died.
            continue;
        }
        let mut answer = libc::seccomp_notif_resp {
            id: asked.id,
            val: 0,
            error: 0,
            flags: libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        };
        let call = i64::from(asked.data.nr);
        if asked.pid == root && sealed {
            let count = tally.calls.entry(call).or_insert(0);
            *count += 1;
            if let Some(fail) = fail.filter(|fail| fail.call == call && fail.nth == *count) {
                (answer.flags, answer.error) = (0, -fail.errno);
                tally.failed = true;
            }
        }
        if sealed && call != libc::SYS_seccomp && call != libc::SYS_execve {
            let by_root = asked.pid == root;
            let refused = hook(Asked { pid: asked.pid as i32, by_root, arguments: asked.data.args });
            if let Some(errno) = refused {
                (answer.flags, answer.error) = (0, -errno);
            }
        }
        sealed |= asked.pid == root && call == libc::SYS_seccomp;
        // SAFETY: reads a local of the size that the number of the request holds.
        unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const answer) };
    }
}

/// The names of the calls that root is known to make, for people.
pub fn name(call: i64) -> String {
    let known = [
        (libc::SYS_accept4, "accept4"),
        (libc::SYS_clone, "clone"),
        (libc::SYS_clone3, "clone3"),
        (libc::SYS_close, "close"),
        (libc::SYS_exit_group, "exit_group"),
        (libc::SYS_fcntl, "fcntl"),
        (libc::SYS_fstat, "fstat"),
        (libc::SYS_futex, "futex"),
        (libc::SYS_futex_waitv, "futex_waitv"),
        (libc::SYS_getpid, "getpid"),
        (libc::SYS_gettid, "gettid"),
        (libc::SYS_kill, "kill"),
        (libc::SYS_lseek, "lseek"),
        (libc::SYS_madvise, "madvise"),
        (libc::SYS_munmap, "munmap"),
        (libc::SYS_openat, "openat"),
        (libc::SYS_pwritev2, "pwritev2"),
        (libc::SYS_read, "read"),
        (libc::SYS_rt_sigaction, "rt_sigaction"),
        (libc::SYS_rt_sigprocmask, "rt_sigprocmask"),
        (libc::SYS_rt_sigreturn, "rt_sigreturn"),
        (libc::SYS_sendmsg, "sendmsg"),
        (libc::SYS_sigaltstack, "sigaltstack"),
        (libc::SYS_waitid, "waitid"),
        (libc::SYS_write, "write"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open, "open"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_poll, "poll"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_unlink, "unlink"),
    ];
    let found = known.iter().find(|(number, _)| *number == call);
    found.map_or_else(|| format!("call {call}"), |(_, name)| (*name).to_owned())
}
