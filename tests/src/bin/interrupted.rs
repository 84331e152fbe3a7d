//! A signal handler that runs in the last moment before a daemon sleeps on descriptors, while a peer commits.
//!
//! The moment is met by a `ppoll` of this program's own, which stands in front of the C library's: it raises the signal
//! before it asks the kernel.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use perennial::prelude::*;
use perennial_tests::{say, say::command};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// Where the source says that it has committed, and where the sink's handler waits for that.
struct Committed(OwnedFd, OwnedFd);

fn pipe() -> Result<Committed, Error> {
    let (read, write) = nix::unistd::pipe()?;
    Ok(Committed(read, write))
}

#[daemon(mem = "128KiB")]
struct Source {
    #[publish]
    notes: u64,
    out: Producer<u64, 4>,
}

#[daemon(mem = "128KiB", watchdog = "2s")]
struct Sink {
    inbox: Consumer<u64, 4>,
}

/// Waits that are interrupted.
const ROUNDS: usize = 4;

/// Whether the next `ppoll` is interrupted.
static ARMED: AtomicBool = AtomicBool::new(false);
/// The descriptor that the handler reads.
static COMMITTED: core::sync::atomic::AtomicI32 = core::sync::atomic::AtomicI32::new(-1);

extern "C" fn handle(_: c_int) {
    say!("handling");
    let mut byte = 0_u8;
    // SAFETY: reads one byte into a local.
    unsafe { libc::read(COMMITTED.load(Relaxed), (&raw mut byte).cast(), 1) };
}

/// # Safety
/// C's contract of `ppoll`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ppoll(
    descriptors: *mut libc::pollfd,
    count: libc::nfds_t,
    timeout: *const libc::timespec,
    mask: *const libc::sigset_t,
) -> c_int {
    if ARMED.swap(false, Relaxed) {
        // SAFETY: takes a number; the handler does what handlers may.
        unsafe { libc::raise(libc::SIGUSR1) };
    }
    // The kernel's set of signals has eight bytes.
    // SAFETY: the caller's contract.
    unsafe { libc::syscall(libc::SYS_ppoll, descriptors, count, timeout, mask, 8) as c_int }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let committed = me.setup::<Committed>().ok_or(Error::new("no pipe"))?.1.as_raw_fd();
        // SAFETY: standard input stays open until the process ends.
        let stdin = unsafe { BorrowedFd::borrow_raw(0) };
        me.watch(stdin)?;
        while me.wait()?.is_running() {
            match command().as_deref() {
                Some("push") => drop(me.change(|s| s.out.push(7))?),
                Some("note") => me.change(|s| *s.notes += 1)?,
                _ => {
                    me.unwatch(stdin);
                    continue;
                }
            }
            // SAFETY: writes one byte of a constant.
            unsafe { libc::write(committed, b"c".as_ptr().cast(), 1) };
        }
        Ok(())
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let pipe = me.setup::<Committed>().ok_or(Error::new("no pipe"))?;
        COMMITTED.store(pipe.0.as_raw_fd(), Relaxed);
        // SAFETY: installs a handler that does what handlers may.
        unsafe { libc::signal(libc::SIGUSR1, handle as *const () as usize) };
        // Never readable: its other end is open and silent.
        let (silent, _open) = nix::unistd::pipe()?;
        // SAFETY: open until `run` returns.
        me.watch(unsafe { BorrowedFd::borrow_raw(silent.as_raw_fd()) })?;
        say!("up");
        for round in 0_usize.. {
            // Not for ever, or nobody would let go the handler that it is asked to stop in.
            ARMED.store(round < ROUNDS, Relaxed);
            let woken = me.wait_for(&Wait::new().messages().news())?;
            if !woken.is_running() {
                return Ok(());
            }
            let messages = me.change(|s| s.inbox.pop_iter().count())?;
            let news = me.news::<Source>().map_err(Error::new)?.is_some();
            say!("woken messages={messages} news={news}");
        }
        Ok(())
    }
}

root! {
    mem = "1MiB";
    setup = pipe;
    // Stopped in reverse order: the handler still gets its byte when the sink is asked to stop.
    daemons: [Source, Sink (depends_on = [Source])];
    rings: [Source.out -> Sink.inbox];
    subscriptions: [Sink -> Source];
}
