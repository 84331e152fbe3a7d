//! The protocols of the locks under loom: every order of steps within a bound of preemptions, and a thread that dies before
//! any one of its steps. That nobody sleeps for ever loom finds itself: a model in which all threads wait fails.
//!
//! The bound is what can be explored in a minute or two: 2 or 3 for two threads, 0 or 1 for three, where a switch at a wait
//! counts for nothing; 0 where two of three die, over a mutex or a semaphore: of a condition variable that is too much to
//! explore, and only one dies. Time is not modelled, nor are panics, poisoning, and attempts that do
//! not wait.
//!
//! `.ci/loom` runs it. The source is the one that is built for processes; only atomics, futexes and robust lists are
//! modelled (`locks/platform/model`). The list is a set there, as kernels from 6.2 on walk it: how ours are linked into it
//! `tests/locks/robust_list.rs` tests.
#![cfg(loom)]

mod explore;

use explore::{explore, explore_from, explore_two_deaths};
use perennial::locks::platform::{spared, wakes};
use perennial::locks::{Condvar, Inconsistent, LockError, Mutex, MutexGuard, Once, RwLock, Semaphore};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

fn usable<'a>(
    result: Result<MutexGuard<'a, [u8; 2]>, LockError<Inconsistent<'a, [u8; 2]>>>,
) -> MutexGuard<'a, [u8; 2]> {
    match result {
        Ok(guard) => guard,
        Err(LockError::Inconsistent(broken)) => {
            let first = broken.value().map_or(0, |pair| pair[0]);
            broken.repair([first; 2])
        }
        Err(LockError::Poisoned) => panic!("nobody leaves it unrepaired"),
    }
}

fn change(mutex: &Mutex<[u8; 2]>) {
    let mut pair = usable(mutex.lock());
    assert_eq!(pair[0], pair[1]);
    pair[0] += 1;
    pair[1] += 1;
}

fn check_pair(mutex: &Mutex<[u8; 2]>, changes: u8, died: bool) {
    let pair = usable(mutex.lock());
    assert_eq!(pair[0], pair[1]);
    assert!(pair[0] == changes || (died && pair[0] + 1 == changes), "{} of {changes} changes", pair[0]);
    drop(pair);
    // Whoever found nobody to wake has taken the mark away: from here on no release costs a system call.
    let before = wakes();
    change(mutex);
    assert_eq!(wakes(), before, "nobody waits, and is woken");
}

/// Lets the others run until they wait.
fn stand_back() {
    loom::thread::yield_now();
}

#[test]
fn mutex_of_two() {
    explore(3, || Mutex::new([0; 2]), [change, change], |mutex, died| check_pair(mutex, 2, died));
}

#[test]
fn mutex_of_three() {
    explore(1, || Mutex::new([0; 2]), [change, change, change], |mutex, died| check_pair(mutex, 3, died));
}

/// A lock, and how far its threads have come; the count is none of loom's, which runs one thread at a time.
type Staged<L> = (L, AtomicUsize);

fn staged<L>(lock: L) -> Staged<L> {
    (lock, AtomicUsize::new(0))
}

/// Lets the others run until they have come so far, and says that it has come one further.
fn reach<L>(lock: &Staged<L>, stage: usize) {
    while lock.1.load(SeqCst) < stage {
        stand_back();
    }
    lock.1.store(stage + 1, SeqCst);
}

/// One of two who wait is woken and dies, while whoever has woken it owns the mutex once more: the other is not forgotten.
#[test]
fn mutex_woken_one_dies() {
    type Row = Staged<Mutex<[u8; 2]>>;
    // Nobody is preempted here: who comes first has to be said, and the first to wait is the first to be woken.
    let first = |row: &Row| {
        reach(row, 1);
        drop(usable(row.0.lock()));
    };
    let second = |row: &Row| {
        reach(row, 2);
        drop(usable(row.0.lock()));
    };
    let twice = |row: &Row| {
        let pair = usable(row.0.lock());
        reach(row, 0);
        reach(row, 3);
        drop(pair);
        let pair = usable(row.0.lock());
        stand_back();
        drop(pair);
    };
    explore(0, || staged(Mutex::new([0; 2])), [first, twice, second], |_, _| {});
}

#[test]
fn mutex_two_of_three_die() {
    explore_two_deaths([0, 0], || Mutex::new([0; 2]), [change, change, change]);
}

type Shelf = RwLock<[u8; 2], 1>;

fn write<const READERS: usize>(lock: &RwLock<[u8; 2], READERS>) {
    let mut pair = match lock.write() {
        Ok(pair) => pair,
        Err(LockError::Inconsistent(broken)) => broken.repair([0; 2]),
        Err(LockError::Poisoned) => panic!("nobody leaves it unrepaired"),
    };
    assert_eq!(pair[0], pair[1]);
    pair[0] += 1;
    pair[1] += 1;
}

fn read<const READERS: usize>(lock: &RwLock<[u8; 2], READERS>) {
    match lock.read() {
        Ok(pair) => assert_eq!(pair[0], pair[1]),
        Err(LockError::Inconsistent(())) => {}
        Err(LockError::Poisoned) => panic!("nobody leaves it unrepaired"),
    }
}

#[test]
fn rwlock_reader_dies() {
    explore(
        3,
        || Shelf::new([0; 2]),
        [read, write],
        |lock, _| {
            assert!(matches!(lock.read().as_deref(), Ok([1, 1])));
        },
    );
}

#[test]
fn rwlock_writer_dies() {
    explore(3, || Shelf::new([0; 2]), [write, read], |lock, _| write(lock));
}

/// A writer looks at one slot after the other, and readers choose among them.
#[test]
fn rwlock_of_two_slots() {
    type Wide = RwLock<[u8; 2], 2>;
    explore(2, || Wide::new([0; 2]), [read, write], |lock, _| write(lock));
    explore(2, || Wide::new([0; 2]), [write, read], |lock, _| write(lock));
    explore(0, || Wide::new([0; 2]), [read, write, read], |lock, _| write(lock));
}

/// Who waits behind a reader, or behind a writer, is not forgotten if another who waits dies.
#[test]
fn rwlock_of_three() {
    let read_on = |lock: &Shelf| {
        let pair = lock.read();
        stand_back();
        drop(pair);
    };
    let write_on = |lock: &Shelf| {
        let pair = lock.write();
        stand_back();
        drop(pair);
    };
    explore(0, || Shelf::new([0; 2]), [write, read_on, write], |lock, _| write(lock));
    explore(0, || Shelf::new([0; 2]), [read, write_on, read], |lock, _| write(lock));
    explore(0, || Shelf::new([0; 2]), [read, write_on, write], |lock, _| write(lock));
}

/// The only permit, and a flag that is none of loom's, which runs one thread at a time.
type Permit = (Semaphore<1>, AtomicBool);

fn pass(lock: &Permit) {
    let _permit = lock.0.acquire();
    assert!(!lock.1.swap(true, SeqCst), "two hold the only permit");
    stand_back();
    lock.1.store(false, SeqCst);
}

#[test]
fn semaphore_of_one() {
    let mortal = |lock: &Permit| drop(lock.0.acquire());
    let new = || (Semaphore::new(), AtomicBool::new(false));
    explore(2, new, [mortal, pass], |lock, _| assert_eq!(lock.0.available(), 1));
    explore(0, new, [mortal, pass, pass], |lock, _| assert_eq!(lock.0.available(), 1));
}

/// One of two who wait for the only permit is woken and dies: the other is not forgotten.
#[test]
fn semaphore_woken_one_dies() {
    type Row = Staged<Semaphore<1>>;
    let first = |row: &Row| {
        reach(row, 1);
        drop(row.0.acquire());
    };
    let second = |row: &Row| {
        reach(row, 2);
        drop(row.0.acquire());
    };
    let hold = |row: &Row| {
        let permit = row.0.acquire();
        reach(row, 0);
        reach(row, 3);
        drop(permit);
    };
    explore(0, || staged(Semaphore::new()), [first, hold, second], |row, _| assert_eq!(row.0.available(), 1));
}

/// One who holds the permit, and the first in the queue.
#[test]
fn semaphore_two_of_three_die() {
    let hold = |semaphore: &Semaphore<1>| {
        let permit = semaphore.acquire();
        stand_back();
        drop(permit);
    };
    explore_two_deaths([0, 0], Semaphore::new, [hold, hold, hold]);
}

#[test]
fn semaphore_of_two() {
    let hold = |lock: &Semaphore<2>| drop(lock.acquire());
    explore(1, Semaphore::new, [hold, hold, hold], |lock, _| assert_eq!(lock.available(), 2));
}

#[test]
fn once() {
    let begin = |(once, mutex): &(Once, Mutex<[u8; 2]>)| {
        once.call_once(|| change(mutex));
        assert!(once.is_completed());
    };
    explore(
        2,
        || (Once::new(), Mutex::new([0; 2])),
        [begin, begin],
        |(once, mutex), died| {
            assert!(once.is_completed());
            // Who dies after its work and before it has said so leaves it to be done once more.
            let done = usable(mutex.lock())[0];
            assert!(done == 1 || (died && done == 2), "{done}");
        },
    );
}

type Signal = (Condvar, Mutex<[u8; 2]>);

fn signal() -> Signal {
    (Condvar::new(), Mutex::new([0; 2]))
}

fn await_change((condvar, mutex): &Signal) {
    drop(usable(condvar.wait_while(usable(mutex.lock()), |pair| pair[0] == 0)));
}

fn make_change((condvar, mutex): &Signal) {
    stand_back();
    change(mutex);
    condvar.notify_one();
}

#[test]
fn condvar_misses_nothing() {
    let make_change = |(condvar, mutex): &Signal| {
        spared(|| change(mutex));
        condvar.notify_one();
    };
    explore_from(3, 2, signal, [make_change, await_change], |_, _| {});
}

#[test]
fn condvar_waiter_dies() {
    let wait = |(condvar, mutex): &Signal| {
        let guard = spared(|| usable(mutex.lock()));
        if guard[0] == 0 {
            drop(condvar.wait(guard));
        }
    };
    explore(0, signal, [wait, await_change, make_change], |_, _| {});
}

/// The change is made, and the notifier dies only once it owns the condition's word, which is its third step: then the
/// notification has begun, and reaches everybody who waits.
#[test]
fn condvar_notifier_dies() {
    let notify = |(condvar, mutex): &Signal| {
        stand_back();
        spared(|| change(mutex));
        condvar.notify_all();
    };
    explore_from(3, 0, signal, [notify, await_change, await_change], |_, _| {});
}
