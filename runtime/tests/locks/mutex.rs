//! Mutexes.

use crate::family::{Child, KILLS, Shared, Told, WORKERS, dawdle, must, storm};
use perennial::locks::{LockError, Mutex, TryLockError};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

#[repr(C)]
struct Memory {
    pair: Mutex<[u64; 2]>,
    flag: Mutex<bool>,
    told: Told,
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks and atomics of all-zero.
    unsafe { Shared::zeroed() }
}

/// Dies while it holds the mutex, with half of a change done.
fn die_half_way(memory: Shared<Memory>) {
    let owner = Child::run(|| {
        let mut pair = memory.pair.lock().ok();
        if let Some(pair) = &mut pair {
            pair[0] += 1;
        }
        // SAFETY: kills the calling process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    });
    assert!(!owner.succeeded());
}

#[test]
fn the_next_owner_is_told_and_repairs() {
    let memory = memory();
    die_half_way(memory);
    match memory.pair.lock() {
        Err(LockError::Inconsistent(broken)) => {
            assert_eq!(broken.value(), Some(&[1, 0]));
            assert_eq!(*broken.repair([1, 1]), [1, 1]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(memory.pair.lock().map(|pair| *pair).ok(), Some([1, 1]));
}

#[test]
fn what_is_not_repaired_is_poisoned_for_everybody() {
    let memory = memory();
    die_half_way(memory);
    assert!(matches!(memory.pair.try_lock(), Err(TryLockError::Inconsistent(_))));
    assert!(memory.pair.is_poisoned());
    let other = Child::run(|| must(matches!(memory.pair.lock(), Err(LockError::Poisoned))));
    assert!(other.succeeded());
    assert!(matches!(memory.pair.lock(), Err(LockError::Poisoned)));
}

#[test]
fn a_repairer_that_dies_leaves_the_repair_to_the_next() {
    let memory = memory();
    die_half_way(memory);
    let repairer = Child::run(|| {
        let broken = memory.pair.lock();
        // SAFETY: kills the calling process.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        drop(broken);
    });
    assert!(!repairer.succeeded());
    assert!(matches!(memory.pair.lock(), Err(LockError::Inconsistent(_))));
}

#[test]
fn a_value_that_is_none_is_never_shown() {
    let memory = memory();
    let owner = Child::run(|| {
        let flag = memory.flag.lock();
        if let Ok(flag) = &flag {
            // SAFETY: what a wild store could do; nobody looks at it in this process.
            unsafe { std::ptr::from_ref(&**flag).cast_mut().cast::<u8>().write_volatile(7) };
        }
        // SAFETY: ends the child.
        unsafe { libc::_exit(0) };
    });
    assert!(owner.succeeded());
    let Err(LockError::Inconsistent(broken)) = memory.flag.lock() else { panic!("nobody told") };
    assert_eq!(broken.value(), None);
    let broken = broken.mark_consistent().expect_err("7 is no bool");
    assert!(*broken.repair(true));
}

#[test]
fn who_waits_learns_of_the_owners_death() {
    let memory = memory();
    let guard = memory.pair.lock().expect("new");
    let waiting = Child::run(|| must(memory.pair.lock().is_ok()));
    waiting.until_asleep();
    drop(guard);
    assert!(waiting.succeeded());
    let (ready, owner) = (&memory.told.rounds[0], |memory: Shared<Memory>| {
        Child::run(move || {
            let _pair = memory.pair.lock();
            memory.told.rounds[0].store(1, SeqCst);
            loop {
                // SAFETY: waits for a signal.
                unsafe { libc::pause() };
            }
        })
    });
    let owner = owner(memory);
    crate::family::eventually("the owner owns", || ready.load(SeqCst) == 1);
    let waiting: Vec<Child> = (0..3)
        .map(|_| {
            Child::run(|| match memory.pair.lock() {
                Ok(_) => {}
                Err(LockError::Inconsistent(broken)) => {
                    memory.told.inconsistent.fetch_add(1, SeqCst);
                    drop(broken.repair([0, 0]));
                }
                Err(LockError::Poisoned) => must(false),
            })
        })
        .collect();
    waiting.iter().for_each(Child::until_asleep);
    owner.kill();
    assert!(waiting.into_iter().all(Child::succeeded));
    assert_eq!(memory.told.inconsistent.load(SeqCst), 1, "exactly one of them is told");
}

#[test]
fn time_is_over_in_time() {
    let memory = memory();
    let guard = memory.pair.lock();
    let other = Child::run(|| {
        must(matches!(memory.pair.try_lock_for(Duration::from_millis(20)), Err(TryLockError::WouldBlock)));
        must(matches!(memory.pair.try_lock(), Err(TryLockError::WouldBlock)));
    });
    assert!(other.succeeded());
    drop(guard);
    assert!(memory.pair.try_lock().is_ok());
}

#[test]
fn a_guard_that_a_child_inherits_does_nothing_there() {
    let memory = memory();
    let mut guard = Some(memory.pair.lock().expect("new"));
    let child = Child::run(|| {
        drop(guard.take());
        must(matches!(memory.pair.try_lock(), Err(TryLockError::WouldBlock)));
    });
    assert!(child.succeeded());
    if let Some(guard) = &mut guard {
        guard[0] = 5;
    }
    drop(guard);
    assert_eq!(memory.pair.lock().map(|pair| pair[0]).ok(), Some(5));
}

#[test]
fn a_thread_that_ends_with_the_mutex_is_a_dead_owner() {
    let memory = memory();
    std::thread::spawn(move || std::mem::forget(memory.pair.lock())).join().expect("thread");
    // The thread may be joined just before the kernel has looked at its list.
    let told = memory.pair.try_lock_for(Duration::from_secs(20));
    assert!(matches!(told, Err(TryLockError::Inconsistent(_))), "{told:?}");
}

#[test]
fn a_thread_that_locks_twice_panics_instead_of_waiting_for_itself() {
    let memory = memory();
    let twice = std::thread::spawn(move || {
        let _first = memory.pair.lock();
        let _second = memory.pair.lock();
    });
    assert!(twice.join().is_err());
    // It held the first one when it panicked.
    assert!(matches!(memory.pair.lock(), Err(LockError::Inconsistent(_))));
}

#[test]
fn a_storm_of_kills_leaves_no_half_change_unnoticed_and_nobody_waiting() {
    let memory = memory();
    let told: Shared<Told> = Shared::part(memory, |memory| &memory.told);
    storm(
        0x5eed_0001,
        WORKERS,
        KILLS,
        told,
        |_| false,
        |_| {
            let mut pair = match memory.pair.lock() {
                Ok(pair) => pair,
                Err(LockError::Inconsistent(broken)) => {
                    told.inconsistent.fetch_add(1, SeqCst);
                    let first = broken.value().map_or(0, |pair| pair[0]);
                    broken.repair([first; 2])
                }
                Err(LockError::Poisoned) => {
                    told.hold(false);
                    return;
                }
            };
            told.hold(pair[0] == pair[1]);
            pair[0] = std::hint::black_box(pair[0] + 1);
            dawdle();
            pair[1] = std::hint::black_box(pair[1] + 1);
        },
    );
    let inconsistent = told.inconsistent.load(SeqCst);
    println!("kills={KILLS} mutex inconsistent={inconsistent}");
    assert!(inconsistent >= 8, "only {inconsistent} of {KILLS} kills hit an owner");
}
