//! Daemons that die as soon as they are started and leave orphans to root, and one that is to notice nothing of it.

use perennial::prelude::*;
use perennial_tests::say;
use std::time::Instant;

#[daemon(mem = "128KiB", max_restarts = 4_000_000_000, backoff = "0ms", within = "1ms")]
struct Brief {
    starts: u64,
}

#[daemon(mem = "128KiB", max_restarts = 4_000_000_000, backoff = "0ms", within = "1ms")]
struct Abrupt {
    starts: u64,
}

#[daemon(mem = "128KiB")]
struct Calm {
    rounds: u64,
    /// The longest round in milliseconds.
    longest: u64,
}

/// Forks a child that is root's as soon as its parent is dead: one that has ended, one that has to be killed, or
/// one that has left its parent's group and session. Not by libc's `fork`, whose children die with their parent.
fn leave_an_orphan(generation: u64) {
    // SAFETY: the process has one thread; the child makes system calls only, and never returns.
    unsafe {
        if libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) == 0 {
            if generation.is_multiple_of(3) {
                libc::_exit(0);
            }
            if generation % 3 == 1 {
                libc::setsid();
            }
            loop {
                libc::pause();
            }
        }
    }
}

impl Daemon for Brief {
    fn run(me: &mut Handle<Self>) -> Outcome {
        leave_an_orphan(me.generation());
        // SAFETY: ends this process.
        unsafe { libc::_exit(3) }
    }
}

impl Daemon for Abrupt {
    fn run(me: &mut Handle<Self>) -> Outcome {
        leave_an_orphan(me.generation());
        // SAFETY: ends this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
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
    daemons: [Brief, Abrupt, Calm];
}
