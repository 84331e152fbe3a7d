//! A SIGKILL from outside for one process of a tree.

use crate::census::children;
use crate::random::Random;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Kills a daemon of the tree, or one of its transactions, that was there just now; says whether one was.
pub fn strike(root: i32, transaction: bool, random: &mut Random) -> bool {
    let mut prey = children(root);
    if transaction {
        prey = prey.iter().flat_map(|daemon| children(daemon.pid)).collect();
    }
    let Some(victim) = prey.get(random.below(prey.len())) else { return false };
    // SAFETY: takes numbers. A descriptor, so that a successor of its PID is not hit.
    let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, victim.pid, 0) } as i32;
    if raw < 0 {
        return false;
    }
    // SAFETY: just opened, and of nobody else.
    let handle = unsafe { OwnedFd::from_raw_fd(raw) };
    // It is the same process still, now that the descriptor holds it.
    if !children(victim.parent).contains(victim) {
        return false;
    }
    let nothing = core::ptr::null::<libc::siginfo_t>();
    // SAFETY: takes numbers and a null pointer.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, handle.as_raw_fd(), libc::SIGKILL, nothing, 0) == 0 }
}
