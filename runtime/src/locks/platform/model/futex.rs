//! Futexes as the kernel does them: compare and queue under one lock.

use super::{AtomicU32, AtomicU64, step};
use core::time::Duration;
use loom::sync::{Mutex, Notify};
use std::sync::Arc;

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

    fn now(self) -> u32 {
        // SAFETY: a test keeps its locks as long as its threads.
        unsafe {
            match self {
                Self::Low(word) => (*word).raw() as u32,
                Self::Whole(word) => (*word).raw(),
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
    woken: Arc<Notify>,
}

loom::lazy_static! {
    static ref SLEEPERS: Mutex<Vec<Sleeper>> = Mutex::new(Vec::new());
}

/// As the real one, without time.
pub fn wait(expected: &[Expected], _: Option<Duration>) -> bool {
    step();
    let woken = Arc::new(Notify::new());
    for &(futex, value) in expected {
        let mut sleepers = SLEEPERS.lock().unwrap();
        let at = sleepers.iter().position(|sleeper| Arc::ptr_eq(&sleeper.woken, &woken));
        if futex.now() != value {
            // Woken for a word before: then that counts, and the caller looks again in either case.
            if let Some(at) = at {
                sleepers.remove(at);
            }
            return true;
        }
        match at {
            Some(at) => sleepers[at].addresses.push(futex.address()),
            None if futex.address() == expected[0].0.address() => {
                sleepers.push(Sleeper { addresses: vec![futex.address()], woken: Arc::clone(&woken) });
            }
            None => return true,
        }
    }
    // loom may end a wait without reason; only who is off the list was woken.
    while SLEEPERS.lock().unwrap().iter().any(|sleeper| Arc::ptr_eq(&sleeper.woken, &woken)) {
        woken.wait();
    }
    step();
    true
}

/// Wakes at most `count` who wait for the word; returns how many there were.
pub fn wake(futex: Futex, count: i32) -> usize {
    step();
    let mut sleepers = SLEEPERS.lock().unwrap();
    let mut woken = 0;
    while woken < count as usize {
        let waits = |sleeper: &Sleeper| sleeper.addresses.contains(&futex.address());
        let Some(at) = sleepers.iter().position(waits) else { break };
        sleepers.remove(at).woken.notify();
        woken += 1;
    }
    woken
}

/// The model has no time.
pub fn after(time: Duration) -> Duration {
    time
}
