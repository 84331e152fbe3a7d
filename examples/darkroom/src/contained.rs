//! For the tests: runs what may crash in a forked child with little memory and a deadline.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It returned this number.
    Exit(i32),
    /// It was killed by this signal, SIGKILL when it overran its time.
    Signal(i32),
}

/// The most address space that a child may have.
const SPACE: u64 = 512 << 20;

/// Runs a function in a child.
pub(crate) fn contained(deadline: Duration, run: impl FnOnce() -> i32) -> End {
    // SAFETY: the child only computes, reads and allocates; glibc keeps malloc usable in the
    // child of a program with threads. It ends in `_exit` or by a signal.
    let child = match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            // The standard library's handler would turn an overflown stack into SIGABRT.
            let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
            // SAFETY: the default action runs no code of this process.
            let _ = unsafe { sigaction(Signal::SIGSEGV, &default) };
            let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
            let _ = setrlimit(Resource::RLIMIT_AS, SPACE, SPACE);
            let code = run();
            // SAFETY: ends the child at once, without the parent's exit handlers.
            unsafe { libc::_exit(code) }
        }
    };
    // SAFETY: takes numbers; the child is not reaped yet, so the descriptor is for it.
    let watch = unsafe {
        let watch = libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) as i32;
        assert!(watch >= 0, "a descriptor for the child");
        OwnedFd::from_raw_fd(watch)
    };
    let timeout = PollTimeout::try_from(deadline).expect("a deadline of at most some days");
    // Readable once the child has ended.
    if poll(&mut [PollFd::new(watch.as_fd(), PollFlags::POLLIN)], timeout).expect("poll") == 0 {
        kill(child, Signal::SIGKILL).expect("kill");
    }
    match waitpid(child, None).expect("waitpid") {
        WaitStatus::Exited(_, code) => End::Exit(code),
        WaitStatus::Signaled(_, signal, _) => End::Signal(signal as i32),
        other => panic!("a child that was waited for is {other:?}"),
    }
}
