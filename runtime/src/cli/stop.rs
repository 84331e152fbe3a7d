//! `stop`: asks a running root to stop and waits until it is gone.

use super::connect::Running;
use crate::root::{Tree, exit_code};
use crate::sys::Errno;
use crate::sys::process::PidFd;

/// Stops the tree; returns the exit code.
pub fn stop(tree: &Tree) -> i32 {
    let running = match Running::connect(tree) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("{error}");
            return exit_code::UNAVAILABLE;
        }
    };
    // The PID was read from a root that answered a moment ago; the descriptor then stands for that process
    // even if it ends now.
    let root = match PidFd::open(running.root) {
        Ok(root) => root,
        Err(Errno::ESRCH) => return exit_code::DONE,
        Err(errno) => {
            eprintln!("cannot reach root {}: {errno}", running.root);
            return exit_code::UNAVAILABLE;
        }
    };
    if let Err(errno) = root.send(libc::SIGTERM) {
        if errno == Errno::ESRCH {
            return exit_code::DONE;
        }
        eprintln!("cannot signal root {}: {errno}", running.root);
        return exit_code::UNAVAILABLE;
    }
    let mut entry = libc::pollfd { fd: root.descriptor(), events: libc::POLLIN, revents: 0 };
    // SAFETY: reads and writes one local; a pidfd becomes readable when the process ends.
    while unsafe { libc::poll(&raw mut entry, 1, -1) } == -1 && Errno::last() == Errno::EINTR {}
    exit_code::DONE
}
