//! A daemon and transactions that fork children of their own, as a C library might: what such a child does must
//! stay without effect on those who go on.

use perennial::prelude::*;
use perennial_tests::say;

#[daemon(mem = "512KiB", heap = "64KiB")]
struct Forker {
    sum: u64,
}

/// Forks; the child runs `work` and exits. Returns how it ended: its exit code, or 128 and the signal.
fn in_child(work: impl FnOnce()) -> u32 {
    // SAFETY: one thread; the child only does what this test is about, and exits without destructors.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        work();
        // SAFETY: never returns.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: writes a local.
    unsafe { libc::waitpid(pid, &raw mut status, 0) };
    (if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) }) as u32
}

/// How children end that free, and that change, what they have inherited; and whether it is unchanged here.
fn try_children() -> (u32, u32, bool) {
    let numbers = vec![1_u64; 100];
    let address = numbers.as_ptr().cast_mut();
    let frees = in_child(|| {
        // SAFETY: a copy of the vector, which this child alone frees.
        drop(unsafe { core::ptr::read(&raw const numbers) });
    });
    let changes = in_child(|| {
        // SAFETY: none; that this store has no effect on the parent is what is tested.
        unsafe { address.write_volatile(7) };
    });
    (frees, changes, numbers.iter().all(|&number| number == 1))
}

impl Forker {
    #[transaction(timeout = "10s")]
    fn fork_and_add(sum: &mut u64) -> Result<(u32, u32, bool), ()> {
        let tried = try_children();
        *sum += 1;
        Ok(tried)
    }
}

impl Daemon for Forker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let (frees, changes, whole) = try_children();
        say!("daemon frees={frees} changes={changes} whole={whole}");
        for _ in 0..4 {
            match Forker::fork_and_add(me) {
                Ok((frees, changes, whole)) => say!("flight frees={frees} changes={changes} whole={whole}"),
                Err(failure) => say!("flight failed {failure:?}"),
            }
        }
        say!("sum={}", me.state().sum);
        for _ in 0..200 {
            // A library that detaches a helper by forking twice: the second child becomes the daemon's.
            in_child(|| {
                // SAFETY: one thread; the child only exits.
                unsafe {
                    if libc::fork() == 0 {
                        libc::_exit(0);
                    }
                }
            });
        }
        say!("detached");
        me.wait_for_stop()
    }
}

root! {
    mem = "1MiB";
    daemons: [Forker];
}
