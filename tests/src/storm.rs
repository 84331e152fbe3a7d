//! A storm of SIGKILLs from outside.

use crate::Process;
use crate::census::children;
use perennial::test::Random;

/// Kills one process of the tree, but not root; says whether it was a daemon or a transaction.
pub fn strike(root: i32, transactions: bool, random: &mut Random) -> Option<bool> {
    let daemons = children(root);
    let prey: Vec<Process> =
        if transactions { daemons.iter().flat_map(|daemon| children(daemon.pid)).collect() } else { daemons };
    let victim = prey.get(random.below(prey.len()))?;
    // SAFETY: takes numbers. A descriptor for the process, so that a successor of its PID is not hit.
    let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, victim.pid, 0) } as i32;
    if handle < 0 {
        return None;
    }
    let alive = children(victim.parent).contains(victim);
    let null = core::ptr::null::<libc::siginfo_t>();
    // SAFETY: takes numbers and a null pointer; then closes the descriptor that was opened above.
    let sent =
        alive && unsafe { libc::syscall(libc::SYS_pidfd_send_signal, handle, libc::SIGKILL, null, 0) } == 0;
    // SAFETY: as above.
    unsafe { libc::close(handle) };
    sent.then_some(victim.parent == root)
}
