//! Children and threads that do not end with their process.

use super::{endings, memory};
use crate::say;

unsafe extern "C" {
    fn fault_second_thread(fails: i32) -> i32;
    fn fault_leave();
}

/// A fork behind libc's back, as languages and libraries with system calls of their own make them.
fn raw_fork() -> i64 {
    // SAFETY: what `fork` does without libc's knowledge; the child only makes system calls.
    unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) }
}

/// Has two children, one of which is not libc's, leaves the process group and has another, and crashes.
pub fn family() {
    let mut pipe = [0; 2];
    // SAFETY: writes a local; descriptors are closed with the process.
    assert_eq!(unsafe { libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) }, 0, "a pipe");
    for leaves in [false, true] {
        // SAFETY: this process has one thread.
        let child = if leaves { raw_fork() } else { i64::from(unsafe { libc::fork() }) };
        if child == 0 {
            if leaves {
                // SAFETY: no arguments.
                unsafe { libc::setsid() };
                raw_fork();
            }
            say!("orphan pid={}", std::process::id());
            // SAFETY: writes one byte of a local.
            unsafe { libc::write(pipe[1], (&raw const pipe).cast(), 1) };
            endings::sleep();
        }
    }
    let mut heard = 0_u8;
    for _ in 0..3 {
        // SAFETY: reads one byte into a local.
        assert_eq!(unsafe { libc::read(pipe[0], (&raw mut heard).cast(), 1) }, 1, "a child has started");
    }
    memory::null();
}

fn second_thread(fails: bool) {
    // SAFETY: starts a thread that does nothing to anybody.
    assert_eq!(unsafe { fault_second_thread(i32::from(fails)) }, 0, "a thread on a stack of one's own");
}

pub fn thread() {
    second_thread(false);
    memory::null();
}

pub fn thread_crash() {
    second_thread(true);
    endings::sleep();
}

pub fn thread_left() {
    second_thread(false);
    // SAFETY: ends this thread.
    unsafe { fault_leave() };
}
