//! Processes that a transaction, or the daemon itself, leaves behind, made in every way there is.

use perennial_tests::say;

/// `fork` without libc: no handler of libc's, and so none of the runtime's, runs in the child.
fn raw_fork() -> libc::c_long {
    // SAFETY: a fork of the process, which has one thread; the child only makes system calls.
    unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) }
}

/// Says who it is and sleeps for ever.
fn linger(session: bool) -> ! {
    if session {
        // SAFETY: no arguments.
        unsafe { libc::setsid() };
    }
    // Not libc's, which might keep the parent's after a fork that it does not know of.
    // SAFETY: no arguments.
    say!("left pid={}", unsafe { libc::syscall(libc::SYS_getpid) });
    loop {
        // SAFETY: no arguments.
        unsafe { libc::pause() };
    }
}

/// Leaves a process as `way` says.
pub fn spawn(way: &str) -> Result<(), ()> {
    let session = way.contains("session");
    let child = match way {
        "clone" | "clone-session" | "clone-twice" => raw_fork(),
        // SAFETY: one thread; the child makes system calls only.
        _ => libc::c_long::from(unsafe { libc::fork() }),
    };
    match child {
        -1 => Err(()),
        0 => {
            let grandchild = match way {
                "clone-twice" => raw_fork(),
                // SAFETY: as above.
                "fork-twice" => libc::c_long::from(unsafe { libc::fork() }),
                _ => 0,
            };
            if grandchild == 0 {
                linger(session)
            }
            if way == "clone-twice" {
                // SAFETY: the middle one is gone before the transaction is.
                unsafe { libc::_exit(0) }
            }
            loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            }
        }
        _ if way == "zombie" => {
            // SAFETY: takes numbers.
            unsafe { libc::kill(child as i32, libc::SIGKILL) };
            Ok(())
        }
        _ => {
            // SAFETY: waits for the child's line to be told before the transaction ends: it has stopped then.
            unsafe { libc::usleep(20_000) };
            Ok(())
        }
    }
}

/// A child of the daemon's own, or its exit status.
pub fn helper(what: &str) {
    match what {
        "reap" => {
            let mut status = 0;
            // SAFETY: writes a local.
            let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
            say!("helper reaped={pid} status={status}");
        }
        "clone" if raw_fork() == 0 => linger(false),
        "clone-session" if raw_fork() == 0 => linger(true),
        // SAFETY: one thread; the child makes system calls only.
        "fork" if unsafe { libc::fork() } == 0 => linger(true),
        _ => {}
    }
}
