//! For the tests: runs what may crash in a forked child with little memory and a deadline.

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::thread;
use std::time::{Duration, Instant};

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
    let end = Instant::now() + deadline;
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)).expect("waitpid") {
            WaitStatus::Exited(_, code) => return End::Exit(code),
            WaitStatus::Signaled(_, signal, _) => return End::Signal(signal as i32),
            _ if Instant::now() > end => kill(child, Signal::SIGKILL).expect("kill"),
            _ => thread::sleep(Duration::from_millis(2)),
        }
    }
}
