//! Daemons that die as soon as they are started, one that leaves orphans to root as fast as it can, and one that
//! is to notice nothing of it all.

use perennial::prelude::*;
use perennial_tests::say;
use std::time::Instant;

/// Orphans to leave.
const ORPHANS: u64 = 10_000;

#[daemon(mem = "128KiB", max_restarts = 4_000_000_000, backoff = "0ms", within = "1ms")]
struct Brief {
    starts: u64,
}

#[daemon(mem = "128KiB", max_restarts = 4_000_000_000, backoff = "0ms", within = "1ms")]
struct Abrupt {
    starts: u64,
}

#[daemon(mem = "128KiB")]
struct Breeder {
    orphans: u64,
}

#[daemon(mem = "128KiB")]
struct Calm {
    rounds: u64,
    /// The longest round in milliseconds.
    longest: u64,
}

impl Daemon for Brief {
    fn run(_: &mut Handle<Self>) -> Outcome {
        // SAFETY: ends this process.
        unsafe { libc::_exit(3) }
    }
}

impl Daemon for Abrupt {
    fn run(_: &mut Handle<Self>) -> Outcome {
        // SAFETY: ends this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        Ok(())
    }
}

/// Leaves an orphan: a grandchild whose parent ends first, or one that ended unreaped.
fn orphan() -> bool {
    // SAFETY: the process has one thread; the children end at once.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            if libc::fork() != 0 {
                libc::_exit(0);
            }
            libc::_exit(0);
        }
        child > 0 && libc::waitpid(child, core::ptr::null_mut(), 0) == child
    }
}

impl Daemon for Breeder {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Breeder");
        while *me.state().orphans < ORPHANS && me.wait_for(&Wait::new().timeout(Duration::ZERO))?.is_running()
        {
            let left = (0..100).filter(|_| orphan()).count() as u64;
            me.change(|s| *s.orphans += left)?;
        }
        say!("bred orphans={}", me.state().orphans);
        while me.wait()?.is_running() {}
        Ok(())
    }
}

impl Daemon for Calm {
    fn run(me: &mut Handle<Self>) -> Outcome {
        say!("up name=Calm");
        let mut before = Instant::now();
        while me.wait_for(&Wait::new().timeout(Duration::from_millis(2)))?.is_running() {
            let took = before.elapsed().as_millis() as u64;
            before = Instant::now();
            me.change(|s| {
                *s.rounds += 1;
                *s.longest = took.max(*s.longest);
            })?;
        }
        let s = me.state();
        say!("down name=Calm rounds={} longest={} generation={}", s.rounds, s.longest, me.generation());
        Ok(())
    }
}

root! {
    mem = "1MiB";
    daemons: [Brief, Abrupt, Breeder, Calm];
}
