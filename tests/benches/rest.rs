//! What a tree holds and does while nothing happens: the private memory of root, a daemon and a transaction over that
//! of an idle program in C, and processor time and wake-ups of every process in ten seconds.
//!
//! The set-up hook forks a driver, which reads what the kernel counts of the others. What the daemon has written of its
//! state is shared memory, and not in these figures.

use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use core::time::Duration;
use perennial::prelude::*;
use perennial_figures::sys;
use perennial_tests::census;
use perennial_tests::usage::{Usage, own, scheduled};
use std::process::{Command, Stdio};

/// How long nothing is to happen.
const REST: Duration = Duration::from_secs(10);

/// Twice the longest time after which root looks at a daemon again.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// What the processes tell the driver.
#[derive(Debug)]
struct Words {
    worker: AtomicU32,
    listener: AtomicU32,
    transaction: AtomicU32,
    /// Whether the transaction may return.
    release: AtomicU32,
    /// Daemons that are about to wait for nothing.
    resting: AtomicU32,
}

static WORDS: AtomicPtr<Words> = AtomicPtr::new(core::ptr::null_mut());

fn words() -> &'static Words {
    // SAFETY: the set-up hook has mapped them, all-zero, for ever; all fields are atomics.
    unsafe { &*WORDS.load(Relaxed) }
}

const CELLS: usize = 64 << 20 >> 6;

/// Has a transaction, a ring and a watchdog.
#[daemon(mem = "72MiB", record = "64KiB", watchdog = "1s")]
pub struct Worker {
    cells: Array<[u8; 64], CELLS>,
    out: Producer<Note, 16>,
}

/// Waits for messages.
#[daemon(mem = "256KiB", watchdog = "1s")]
pub struct Listener {
    notes: Consumer<Note, 16>,
}

/// What the ring is for.
#[message]
pub struct Note(u32);

impl Worker {
    /// Stays until it is let go.
    #[transaction(timeout = "60s")]
    fn linger(cells: &mut Array<[u8; 64], CELLS>) -> Result<(), ()> {
        cells.set(7_usize, [1; 64]).map_err(drop)?;
        words().transaction.store(std::process::id(), SeqCst);
        sys::wake(&words().transaction);
        if sys::wait_while(&words().release, 0) { Ok(()) } else { Err(()) }
    }
}

impl Daemon for Worker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        words().worker.store(std::process::id(), SeqCst);
        me.update(|s| (0..256).try_for_each(|n| s.cells.set(n * (CELLS / 256), [2; 64])))
            .map_err(|_| Error::new("no room in the record"))?;
        Self::linger(me).map_err(|_| Error::new("the transaction failed"))?;
        // So that the other side has been awake, too.
        me.change(|s| s.out.push(Note(1)))?.map_err(|_| Error::new("no room in the ring"))?;
        sys::advance(&words().resting);
        me.wait_for_stop()
    }
}

impl Daemon for Listener {
    fn run(me: &mut Handle<Self>) -> Outcome {
        words().listener.store(std::process::id(), SeqCst);
        while me.wait()?.is_running() {
            if me.change(|s| s.notes.pop())?.is_some() {
                sys::advance(&words().resting);
            }
        }
        Ok(())
    }
}

root! {
    name = "rest";
    mem = "88MiB";
    setup = start;
    daemons: [Worker, Listener];
    rings: [Worker.out -> Listener.notes];
}

/// The set-up hook: the shared words, and the driver.
fn start() -> Result<(), std::io::Error> {
    WORDS.store(sys::shared_memory(size_of::<Words>()).cast(), Relaxed);
    // SAFETY: one thread; the child never returns into root's code.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()),
        0 => drive(),
        _ => Ok(()),
    }
}

fn drive() -> ! {
    // SAFETY: takes numbers.
    let root = unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::getppid()
    };
    let done = memory(root).and_then(|()| rest(root));
    if done.is_none() {
        println!("bench failed: a process did not answer");
    }
    // SAFETY: takes numbers; ends this process without root's exit handlers.
    unsafe {
        libc::kill(root, libc::SIGTERM);
        libc::_exit(i32::from(done.is_none()))
    }
}

/// A process's number, once it has told it.
fn pid(word: &AtomicU32) -> Option<i32> {
    sys::wait_while(word, 0).then(|| word.load(SeqCst) as i32)
}

fn memory(root: i32) -> Option<()> {
    let transaction = pid(&words().transaction)?;
    let mut idle = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().ok()?;
    while !census::sleeps(idle.id() as i32) {
        std::thread::yield_now();
    }
    let base = own(idle.id() as i32)?;
    for (name, pid) in [("root", root), ("daemon", pid(&words().worker)?), ("transaction", transaction)] {
        let (ours, tables) = (own(pid)?, Usage::of(pid)?.tables);
        let ratio = ours as f64 / base as f64;
        println!(
            "bench memory_private/{name} ratio={ratio:.2} ours={ours}KiB base={base}KiB tables={tables}KiB"
        );
    }
    idle.kill().ok()?;
    idle.wait().ok()?;
    words().release.store(1, SeqCst);
    sys::wake(&words().release);
    Some(())
}

fn rest(root: i32) -> Option<()> {
    while words().resting.load(SeqCst) < 2 {
        if !sys::wait_while(&words().resting, words().resting.load(SeqCst)) {
            return None;
        }
    }
    let all = [("root", root), ("worker", pid(&words().worker)?), ("listener", pid(&words().listener)?)];
    while !all.iter().all(|(_, pid)| census::sleeps(*pid)) {
        std::thread::yield_now();
    }
    let counts = || all.map(|(_, pid)| scheduled(pid));
    // Root looks once more at daemons that have worked, when their watchdogs' time is over; that is not rest yet. What
    // comes again and again is seen later.
    for _ in 0..5 {
        let before = counts();
        std::thread::sleep(LAST_LOOK);
        if counts() == before {
            break;
        }
    }
    let before = counts();
    std::thread::sleep(REST);
    for (((name, _), before), after) in all.iter().zip(before).zip(counts()) {
        let (before, after) = (before?, after?);
        let switches = after.switches - before.switches;
        let time = after.nanoseconds - before.nanoseconds;
        let met = |count: u64| if count == 0 { "yes" } else { "no" };
        // Counters that had never moved would prove nothing.
        let earlier = before.switches;
        println!(
            "bench idle_wakeups/{name} count={switches} target=0 met={} earlier={earlier}",
            met(switches)
        );
        let earlier = before.nanoseconds;
        println!("bench idle_cpu/{name} count={time}ns target=0 met={} earlier={earlier}ns", met(time));
    }
    Some(())
}
