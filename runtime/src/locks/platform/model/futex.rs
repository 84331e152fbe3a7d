//! Futexes as the kernel does them: compare and queue under one lock.

use super::{AtomicU32, AtomicU64, step};
use core::cell::Cell;
use core::time::Duration;
use loom::sync::Mutex;
use loom::thread::{self, Thread};

/// A word that can be waited for.
#[derive(Clone, Copy)]
pub enum Futex {
    Low(*const AtomicU64),
    Whole(*const AtomicU32),
}

impl Futex {
    fn address(self) -> usize {
        match self {
            Self::Low(word) => word.addr(),
            Self::Whole(word) => word.addr(),
        }
    }

    /// What a thread in the kernel sees under the lock. To read by adding nothing would do loom's words an injustice that
    /// others store to: it does not order that after their stores.
    fn now(self) -> u32 {
        // SAFETY: a test keeps its locks as long as its threads.
        unsafe {
            match self {
                Self::Low(word) => (*word).seen() as u32,
                Self::Whole(word) => (*word).seen(),
            }
        }
    }
}

/// A word and the value that it is expected to have.
pub type Expected = (Futex, u32);

/// Most words that [`wait`] takes.
pub const MOST: usize = 128;

/// The half of a lock's word that the kernel looks at.
pub fn low(word: &AtomicU64) -> Futex {
    Futex::Low(word)
}

/// A word of 32 bits as it is.
pub fn whole(word: &AtomicU32) -> Futex {
    Futex::Whole(word)
}

/// Stands for no word.
pub const NO_WORD: Futex = Futex::Low(core::ptr::null());

struct Sleeper {
    addresses: Vec<usize>,
    thread: Thread,
}

loom::lazy_static! {
    static ref SLEEPERS: Mutex<Vec<Sleeper>> = Mutex::new(Vec::new());
}

fn asleep(sleepers: &[Sleeper]) -> Option<usize> {
    let me = thread::current().id();
    sleepers.iter().position(|sleeper| sleeper.thread.id() == me)
}

/// As the real one, without time.
pub fn wait(expected: &[Expected], _: Option<Duration>) -> bool {
    step();
    for (n, &(futex, value)) in expected.iter().enumerate() {
        let mut sleepers = SLEEPERS.lock().unwrap();
        let at = asleep(&sleepers);
        if n > 0 && at.is_none() {
            // Woken already, for a word before this one.
            return true;
        }
        if futex.now() != value {
            if let Some(at) = at {
                sleepers.remove(at);
            }
            return true;
        }
        match at {
            Some(at) => sleepers[at].addresses.push(futex.address()),
            None => sleepers.push(Sleeper { addresses: vec![futex.address()], thread: thread::current() }),
        }
    }
    while asleep(&SLEEPERS.lock().unwrap()).is_some() {
        thread::park();
    }
    step();
    true
}

std::thread_local! {
    /// Calls of [`wake`]: none of loom's, whose threads are all of one model's thread.
    static WAKES: Cell<usize> = const { Cell::new(0) };
}

/// How many times somebody was to be woken so far.
pub fn wakes() -> usize {
    WAKES.get()
}

/// Wakes at most `count` who wait for the word; returns how many there were.
pub fn wake(futex: Futex, count: i32) -> Option<usize> {
    step();
    WAKES.set(WAKES.get() + 1);
    let mut sleepers = SLEEPERS.lock().unwrap();
    let mut woken = 0;
    while woken < count as usize {
        let waits = |sleeper: &Sleeper| sleeper.addresses.contains(&futex.address());
        let Some(at) = sleepers.iter().position(waits) else { break };
        sleepers.remove(at).thread.unpark();
        woken += 1;
    }
    Some(woken)
}

/// The model has no time.
pub fn after(time: Duration) -> Duration {
    time
}
