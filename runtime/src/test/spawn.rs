//! Starting processes that do not outlive the test's.
//!
//! The kernel ends a child when the *thread* that has forked it ends, and the thread of a test may do so long before
//! its tree. So one thread forks for all tests, and lives as long as the process.

use crate::sys::process::die_with_parent;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

type Order = (Command, Sender<io::Result<Child>>);

/// Starts `command` with the descriptor `kept` open in it.
pub fn spawn(mut command: Command, kept: RawFd) -> io::Result<Child> {
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    let parent = std::process::id() as i32;
    // SAFETY: both calls are system calls that allocate nothing and take no lock.
    unsafe {
        command.pre_exec(move || {
            die_with_parent(parent)?;
            if libc::fcntl(kept, libc::F_SETFD, 0) == -1 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, taken) = channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in taken {
                let child = command.spawn();
                // Who reads the output of the child awaits its end, and the command holds the ends for writing.
                drop(command);
                let _ = answer.send(child);
            }
        });
        orders
    });
    let (answer, child) = channel();
    let gone = |()| io::Error::other("the thread that starts trees is gone");
    spawner.send((command, answer)).map_err(|_| gone(()))?;
    child.recv().map_err(|_| gone(()))?
}
