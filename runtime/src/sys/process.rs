//! Processes: fork, death signal, pidfds, waiting.

use super::{Errno, check, clock};
use crate::hot::HOT;
use core::ffi::c_int;
use core::sync::atomic::{AtomicPtr, Ordering};
use core::time::Duration;

/// Which side of a fork this is.
pub enum Fork {
    /// The parent, with the child's PID.
    Parent(i32),
    /// The child.
    Child,
}

/// Forks. libc's `fork`, not `clone3`: its children keep the robust list.
///
/// # Safety
/// The process must have one thread, or the child may only do what is safe in a signal handler.
///
/// # Errors
/// `EAGAIN` at a process limit, `ENOMEM`.
pub unsafe fn fork() -> Result<Fork, Errno> {
    HOT.forking.store(true, Ordering::Relaxed);
    // SAFETY: the caller's contract.
    let pid = unsafe { libc::fork() };
    HOT.forking.store(false, Ordering::Relaxed);
    match pid {
        -1 => Err(Errno::last()),
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// From now on `disown` runs in every child that is forked by anybody but [`fork`].
///
/// # Errors
/// `ENOMEM`.
pub fn on_foreign_fork(disown: fn()) -> Result<(), Errno> {
    extern "C" fn in_child() {
        if !HOT.forking.load(Ordering::Relaxed) {
            let disown = DISOWN.load(Ordering::Relaxed);
            if !disown.is_null() {
                // SAFETY: stored below from a `fn()`, and nowhere else.
                unsafe { core::mem::transmute::<*mut (), fn()>(disown)() };
            }
        }
    }
    static DISOWN: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());
    DISOWN.store(disown as *mut (), Ordering::Relaxed);
    // SAFETY: registers a function that only loads atomics and calls `disown`.
    match unsafe { libc::pthread_atfork(None, None, Some(in_child)) } {
        0 => Ok(()),
        errno => Err(Errno::from_raw(errno)),
    }
}

/// Ends this process at once, without destructors or exit handlers.
pub fn exit(code: i32) -> ! {
    loop {
        // SAFETY: does not return; nothing of this process is needed any more.
        unsafe { libc::syscall(libc::SYS_exit_group, code) };
    }
}

/// Asks the kernel to kill this process when its parent dies, and checks that it has not died already.
///
/// # Errors
/// `ESRCH` if `parent` is not the parent any more.
pub fn die_with_parent(parent: i32) -> Result<(), Errno> {
    // Not libc's `prctl`: each function of its own is another piece of libc that a newborn faults in.
    // SAFETY: takes numbers.
    check(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) })?;
    if self::parent() == parent { Ok(()) } else { Err(Errno::ESRCH) }
}

/// The PID of the parent; 0 if it lives in another PID namespace.
pub fn parent() -> i32 {
    // SAFETY: no arguments; a number that fits.
    unsafe { libc::syscall(libc::SYS_getppid) as i32 }
}

/// The TID of the calling thread.
pub fn thread() -> i32 {
    // SAFETY: no arguments; a number that fits.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// Orphans of descendants become children of this process.
///
/// # Errors
/// None on kernels that perennial runs on.
pub fn become_subreaper() -> Result<(), Errno> {
    // SAFETY: takes numbers.
    check(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(|_| ())
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It called `exit` with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// What [`reap`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// This process has ended and is gone.
    Ended(i32, Exit),
    /// It, or everybody, is still running.
    Running,
    /// There is no such child.
    Nobody,
}

/// Which child to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// This one.
    Pid(i32),
    /// Any.
    Any,
}

/// The PID of some child that has ended and is not reaped yet.
pub fn ended_child() -> Option<i32> {
    // SAFETY: all-zero is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: writes a local; reads the field that waitid fills.
    let pid =
        unsafe { if libc::waitid(libc::P_ALL, 0, &raw mut info, flags) == 0 { info.si_pid() } else { 0 } };
    (pid != 0).then_some(pid)
}

/// Takes the exit status of a child that has ended; with `block`, waits until it has.
pub fn reap(child: Child, block: bool) -> Reaped {
    let (kind, id) = match child {
        Child::Pid(pid) => (libc::P_PID, pid as libc::id_t),
        Child::Any => (libc::P_ALL, 0),
    };
    let flags = libc::WEXITED | libc::__WALL | if block { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: all-zero is a valid siginfo_t.
        let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
        // SAFETY: writes a local.
        match check(libc::c_long::from(unsafe { libc::waitid(kind, id, &raw mut info, flags) })) {
            Err(Errno::EINTR) => {}
            Err(_) => return Reaped::Nobody,
            Ok(_) => {
                // SAFETY: waitid filled the fields of a child's status, or left zeros.
                let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
                return match (pid, info.si_code) {
                    (0, _) => Reaped::Running,
                    (pid, libc::CLD_EXITED) => Reaped::Ended(pid, Exit::Code(status)),
                    (pid, _) => Reaped::Ended(pid, Exit::Signal(status)),
                };
            }
        }
    }
}

/// Whether an own child has ended; it stays unreaped.
pub fn has_ended(pid: i32) -> bool {
    // SAFETY: all-zero is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: writes a local; reads the field that waitid fills.
    unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, &raw mut info, flags) == 0 && info.si_pid() == pid }
}

/// Whether this process has any child, zombies among them.
pub fn has_children() -> bool {
    // SAFETY: all-zero is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: writes a local.
    unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, flags) == 0 }
}

/// Waits until an own child has ended; it stays unreaped.
pub fn await_end(pid: i32) {
    // SAFETY: all-zero is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOWAIT | libc::__WALL;
    // SAFETY: writes a local.
    while unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, &raw mut info, flags) } == -1
        && Errno::last() == Errno::EINTR
    {}
}

/// A file descriptor for one's own unreaped child; signals through it cannot hit another process.
#[derive(Debug, PartialEq, Eq)]
pub struct PidFd(c_int);

impl PidFd {
    /// Opens one for `pid`.
    ///
    /// # Errors
    /// `ESRCH`, or a limit on descriptors.
    pub fn open(pid: i32) -> Result<Self, Errno> {
        // SAFETY: takes numbers.
        check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) }).map(|fd| Self(fd as c_int))
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// `ESRCH` once the process was reaped.
    pub fn send(&self, signal: c_int) -> Result<(), Errno> {
        let null = core::ptr::null::<libc::siginfo_t>();
        // SAFETY: takes numbers and a null pointer, which means default signal information.
        check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0, signal, null, 0) }).map(|_| ())
    }

    /// The descriptor, readable once the process has ended.
    pub fn descriptor(&self) -> c_int {
        self.0
    }
}

impl Drop for PidFd {
    fn drop(&mut self) {
        // SAFETY: the descriptor is owned by this value.
        unsafe { libc::close(self.0) };
    }
}

/// Waits until a process, of which this need not be the parent, has ended, or until the monotonic `deadline`; returns
/// whether it has.
pub fn await_strangers_end(pid: i32, deadline: Duration) -> bool {
    let process = match PidFd::open(pid) {
        Ok(process) => process,
        Err(errno) => return errno == Errno::ESRCH,
    };
    let mut entry = libc::pollfd { fd: process.descriptor(), events: libc::POLLIN, revents: 0 };
    loop {
        let left = clock::timespec(deadline.saturating_sub(clock::monotonic()));
        // SAFETY: reads a time and writes one entry, both locals.
        match unsafe { libc::ppoll(&raw mut entry, 1, &raw const left, core::ptr::null()) } {
            -1 if Errno::last() == Errno::EINTR => {}
            ready => return ready == 1,
        }
    }
}

/// Kills an own, unreaped child at once. Its PID cannot belong to anybody else before it is reaped, and this
/// way needs no descriptor, of which there may be none left.
pub fn kill_child(pid: i32) {
    if pid > 1 {
        // SAFETY: takes numbers.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

/// Calls `each` with the PID of every child of this process, those inherited as subreaper among them.
pub fn for_each_child(mut each: impl FnMut(i32)) {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: reads a C string.
    let file = unsafe { libc::open(c"/proc/thread-self/children".as_ptr(), flags) };
    if file == -1 {
        return;
    }
    let mut buffer = [0_u8; 1024];
    let mut pid = 0_i32;
    loop {
        // SAFETY: writes at most the length of a local.
        let got = unsafe { libc::read(file, buffer.as_mut_ptr().cast(), buffer.len()) };
        if got <= 0 {
            break;
        }
        for &byte in buffer.iter().take(got as usize) {
            if byte.is_ascii_digit() {
                pid = pid.saturating_mul(10).saturating_add(i32::from(byte - b'0'));
            } else if pid != 0 {
                each(pid);
                pid = 0;
            }
        }
    }
    // SAFETY: the descriptor is owned here.
    unsafe { libc::close(file) };
}

/// Kills every process of the group that an own, unreaped child leads: its PID, and so the group's, cannot
/// belong to anybody else while it is not reaped.
pub fn kill_group(leader: i32) {
    if leader > 1 {
        // SAFETY: takes numbers.
        unsafe { libc::kill(-leader, libc::SIGKILL) };
    }
}

/// Sends a signal to an own, unreaped child.
pub fn signal_child(pid: i32, signal: c_int) {
    if pid > 1 {
        // SAFETY: takes numbers.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Some child that was stopped by a signal, with the signal, or goes on, since it was last asked.
pub fn stopped_or_continued() -> Option<(i32, Option<i32>)> {
    // SAFETY: all-zero is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let flags = libc::WSTOPPED | libc::WCONTINUED | libc::WNOHANG | libc::__WALL;
    // SAFETY: writes a local; reads the fields that waitid fills.
    let (pid, status) = unsafe {
        if libc::waitid(libc::P_ALL, 0, &raw mut info, flags) != 0 {
            return None;
        }
        (info.si_pid(), info.si_status())
    };
    (pid != 0).then_some((pid, (info.si_code != libc::CLD_CONTINUED).then_some(status)))
}

/// How an own child ends that has begun to die, before it can be reaped: the kernel knows it long before it has
/// taken the memory down. `None` where the kernel does not tell.
pub fn exit_status(pid: i32) -> Option<Exit> {
    const FIELD: usize = 50;
    let mut path = [0_u8; 32];
    let mut len = 0;
    let mut put = |byte: u8| {
        if let Some(place) = path.get_mut(len) {
            *place = byte;
            len += 1;
        }
    };
    b"/proc/".iter().for_each(|&byte| put(byte));
    let mut digits = [0_u8; 10];
    let mut rest = pid.unsigned_abs();
    let mut count = 0;
    for place in &mut digits {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    digits.iter().take(count).rev().for_each(|&byte| put(byte));
    b"/stat\0".iter().for_each(|&byte| put(byte));
    // SAFETY: a C string, since its last byte is zero.
    let file = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file == -1 {
        return None;
    }
    let mut text = [0_u8; 1024];
    // SAFETY: writes at most the length of a local; the descriptor is owned here.
    let got = unsafe {
        let got = libc::read(file, text.as_mut_ptr().cast(), text.len());
        libc::close(file);
        got
    };
    let text = text.get(..usize::try_from(got).ok()?)?;
    // The name in parentheses may hold anything; what follows the last one is plain.
    let plain = text.get(text.iter().rposition(|&byte| byte == b')')?..)?;
    let word = plain.split(u8::is_ascii_whitespace).nth(FIELD)?;
    let status = word.iter().try_fold(0_i32, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.wrapping_mul(10).wrapping_add(i32::from(byte - b'0')))
    })?;
    let exited = libc::WIFEXITED(status);
    Some(if exited { Exit::Code(libc::WEXITSTATUS(status)) } else { Exit::Signal(libc::WTERMSIG(status)) })
}
