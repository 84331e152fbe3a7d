//! A daemon whose family shares locks: its transactions die while they hold them, and it dies itself.

use perennial::locks::{Condvar, LockError, Mutex, Semaphore, Shared};
use perennial::prelude::*;
use perennial_tests::say;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[daemon(mem = "1MiB", scratch = "256KiB", max_restarts = 10, backoff = "1ms")]
struct Workshop {
    /// Transactions that came to their end.
    done: u64,
    /// Incarnations.
    lives: u64,
    pair: Shared<Mutex<[u64; 2]>>,
    /// Two locks and a count behind them, to see that places do not overlap.
    tools: Shared<(Semaphore<2>, Condvar, AtomicU64)>,
}

impl Workshop {
    #[transaction(timeout = "10s")]
    fn turn(done: &mut u64, pair: &Shared<Mutex<[u64; 2]>>, crash: bool) -> Result<(), ()> {
        let mut pair = pair.lock().map_err(|_| ())?;
        pair[0] += 1;
        if crash {
            std::process::abort();
        }
        pair[1] += 1;
        *done += 1;
        Ok(())
    }

    #[transaction(timeout = "10s")]
    fn panics(pair: &Shared<Mutex<[u64; 2]>>) -> Result<(), ()> {
        let mut pair = pair.lock().map_err(|_| ())?;
        pair[0] += 1;
        panic!("half-way")
    }

    /// Takes both tools and is killed.
    #[transaction(timeout = "10s")]
    fn run_off(tools: &Shared<(Semaphore<2>, Condvar, AtomicU64)>) -> Result<(), ()> {
        let _held = [tools.0.acquire(), tools.0.acquire()];
        tools.2.fetch_add(1, SeqCst);
        // SAFETY: kills the calling process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        Err(())
    }

    /// Dies with the daemon, which it kills, while what leads on from its lock in the kernel's list of its locks, and so to
    /// the word that tells of its death, is damaged.
    #[transaction(timeout = "10s")]
    fn sabotage(pair: &Shared<Mutex<[u64; 2]>>) -> Result<(), ()> {
        let held = pair.lock().map_err(|_| ())?;
        let mutex: &Mutex<[u64; 2]> = pair;
        // SAFETY: what a wild store of a sibling's could do: the node lies behind the lock's word.
        unsafe {
            let node = core::ptr::from_ref(mutex).cast::<usize>().wrapping_add(4).cast_mut();
            assert_ne!(node.read_volatile(), 0, "the node is not where this test takes it to be");
            node.write_volatile(8);
        }
        // SAFETY: kills the daemon.
        unsafe { libc::kill(libc::getppid(), libc::SIGKILL) };
        loop {
            core::hint::black_box(&held);
            // SAFETY: waits for a signal.
            unsafe { libc::pause() };
        }
    }

    /// Four threads change the pair, and each other's turn is waited for.
    #[transaction(timeout = "10s")]
    fn together(pair: &Shared<Mutex<[u64; 2]>>, rounds: u64) -> Result<(), ()> {
        // A field is lent to one thread; what lies in it is for all.
        let pair: &Mutex<[u64; 2]> = pair;
        let work = Work { pair, rounds };
        let mut threads = [None; 4];
        for thread in &mut threads {
            *thread = Some(start(&work)?);
        }
        // SAFETY: threads that were started and not joined.
        threads
            .into_iter()
            .flatten()
            .for_each(|thread| assert_eq!(unsafe { libc::pthread_join(thread, core::ptr::null_mut()) }, 0));
        Ok(())
    }

    /// What a transaction forks itself may read what is shared, and not write.
    #[transaction(timeout = "10s")]
    fn fork_off(tools: &Shared<(Semaphore<2>, Condvar, AtomicU64)>) -> Result<i32, ()> {
        // SAFETY: the child only reads, writes one word and ends.
        unsafe {
            match libc::fork() {
                0 => {
                    let before = tools.2.load(SeqCst);
                    libc::signal(libc::SIGSEGV, libc::SIG_DFL);
                    tools.2.store(before + 1000, SeqCst);
                    libc::_exit(0);
                }
                child => {
                    let mut status = 0;
                    libc::waitpid(child, &raw mut status, 0);
                    Ok(status & 0x7f)
                }
            }
        }
    }
}

/// What a thread does.
struct Work<'a> {
    pair: &'a Mutex<[u64; 2]>,
    rounds: u64,
}

extern "C" fn work(work: *mut core::ffi::c_void) -> *mut core::ffi::c_void {
    // SAFETY: `start` was given a value that outlives the thread.
    let Work { pair, rounds } = unsafe { &*work.cast::<Work<'_>>() };
    for _ in 0..*rounds {
        let Ok(mut pair) = pair.lock() else { break };
        pair[0] += 1;
        pair[1] += 1;
    }
    core::ptr::null_mut()
}

/// Starts a thread on a stack from the transaction's heap: after the seal there is no other memory.
fn start(value: &Work<'_>) -> Result<libc::pthread_t, ()> {
    const STACK: usize = 32_768;
    // SAFETY: a stack of its own, for the rest of the process's life; the attribute is a local.
    unsafe {
        let stack = libc::aligned_alloc(4096, STACK);
        let mut attributes: libc::pthread_attr_t = core::mem::zeroed();
        let mut thread: libc::pthread_t = core::mem::zeroed();
        let argument = core::ptr::from_ref(value).cast_mut().cast();
        let started = !stack.is_null()
            && libc::pthread_attr_init(&raw mut attributes) == 0
            && libc::pthread_attr_setstack(&raw mut attributes, stack, STACK) == 0
            && libc::pthread_create(&raw mut thread, &raw const attributes, work, argument) == 0;
        if started { Ok(thread) } else { Err(()) }
    }
}

/// How the pair is found, and that it is usable again afterwards.
fn find(me: &Handle<Workshop>) -> String {
    match me.state().pair.lock() {
        Ok(pair) => format!("consistent {pair:?}"),
        Err(LockError::Inconsistent(broken)) => {
            let found = format!("inconsistent {:?}", broken.value());
            drop(broken.repair([100; 2]));
            found
        }
        Err(LockError::Poisoned) => "poisoned".to_owned(),
    }
}

impl Daemon for Workshop {
    fn run(me: &mut Handle<Self>) -> Outcome {
        me.change(|s| *s.lives += 1)?;
        say!("born life={} {}", me.state().lives, find(me));
        if *me.state().lives == 2 {
            return Self::sabotage(me).map_err(|_| Error::new("the daemon outlives its death"));
        }
        if *me.state().lives == 3 {
            me.shutdown(0);
            return me.wait_for_stop();
        }
        say!("turned ok={}", Self::turn(me, false).is_ok());
        say!("found {}", find(me));
        say!("crashed ok={}", Self::turn(me, true).is_ok());
        say!("found {}", find(me));
        say!("panicked ok={}", Self::panics(me).is_ok());
        say!("found {}", find(me));
        say!("together ok={}", Self::together(me, 5000).is_ok());
        say!("found {}", find(me));
        say!("killed ok={}", Self::run_off(me).is_ok());
        say!("forked {:?}", Self::fork_off(me));
        let s = me.state();
        say!("left permits={} count={} done={}", s.tools.0.available(), s.tools.2.load(SeqCst), s.done);
        // Dies with the lock, which the next incarnation finds as new.
        let _held = s.pair.lock();
        std::process::abort();
    }
}

root! {
    mem = "2MiB";
    daemons: [Workshop];
}
