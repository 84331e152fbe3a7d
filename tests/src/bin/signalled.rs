//! Two daemons that wait, for tests of signals to root and of its settings. With the argument `flying` the first
//! one is in a transaction that does not end, with `hanging` it hangs once; with `stubborn` the second one does not
//! stop.

#![allow(
    clippy::result_large_err,
    reason = "failures carry their reports by value: there is no heap to box them in"
)]

use perennial::prelude::*;
use perennial_tests::say;

/// The set-up hook. Whatever started this program may have ignored the signals that libc keeps for itself, as
/// glibc's `posix_spawn` does; a shell does not.
fn take_all_signals() -> Result<(), Error> {
    let default = [0_usize; 4];
    for signal in 32..libc::SIGRTMIN() {
        let none = core::ptr::null_mut::<usize>();
        // SAFETY: reads a local of the size of the kernel's structure; all-zero is the default disposition.
        let done = unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), none, 8_usize) };
        if done != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
    }
    Ok(())
}

#[daemon(mem = "128KiB", watchdog = "1h")]
struct Steady {
    starts: u64,
}

/// Root stops the tree at its second death.
#[daemon(mem = "128KiB", max_restarts = 1, within = "1h", stop_timeout = "1m")]
struct Brittle {
    starts: u64,
}

impl Steady {
    #[transaction]
    fn linger(starts: &mut u64) -> Result<(), ()> {
        *starts += 1000;
        say!("flight pid={}", std::process::id());
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }
}

fn rest<S: Daemon>(me: &mut Handle<S>) -> Outcome {
    loop {
        let woken = me.wait()?;
        if woken.has_reload() {
            debug!("in detail");
            say!("reload name={} generation={}", me.name(), me.generation());
        }
        if !woken.is_running() {
            say!("down name={}", me.name());
            return Ok(());
        }
    }
}

/// Whether this is the argument.
fn is(scenario: &str) -> bool {
    perennial::arguments().next().is_some_and(|argument| argument == scenario)
}

fn rise<S: Daemon>(me: &Handle<S>) {
    say!("up name={} pid={} generation={}", me.name(), std::process::id(), me.generation());
}

impl Daemon for Steady {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        rise(me);
        if is("flying") {
            let _ = Self::linger(me);
        }
        while is("hanging") && me.generation() == 1 {
            std::hint::spin_loop();
        }
        rest(me)
    }
}

impl Daemon for Brittle {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.starts += 1)?;
        rise(me);
        if is("stubborn") {
            loop {
                // SAFETY: no arguments.
                unsafe { libc::pause() };
            }
        }
        rest(me)
    }
}

root! {
    mem = "1MiB";
    name = "signalled";
    setup = take_all_signals;
    daemons: [Steady, Brittle];
}
