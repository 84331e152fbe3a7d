//! Read-write locks.

use crate::family::{Child, KILLS, Shared, Told, WORKERS, dawdle, eventually, must, storm};
use perennial::locks::{LockError, RwLock, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::SeqCst;

#[repr(C)]
struct Memory {
    pair: RwLock<[u64; 2], 2>,
    told: Told,
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks and atomics of all-zero.
    unsafe { Shared::zeroed() }
}

fn wait_for_ever() -> ! {
    loop {
        // SAFETY: waits for a signal.
        unsafe { libc::pause() };
    }
}

#[test]
fn readers_share_and_writers_do_not() {
    let memory = memory();
    let first = memory.pair.read().expect("new");
    assert!(Child::run(|| must(memory.pair.try_read().is_ok())).succeeded());
    assert!(
        Child::run(|| must(matches!(memory.pair.try_write(), Err(TryLockError::WouldBlock)))).succeeded()
    );
    drop(first);
    let writer = memory.pair.write().expect("nobody died");
    assert!(Child::run(|| must(matches!(memory.pair.try_read(), Err(TryLockError::WouldBlock)))).succeeded());
    drop(writer);
    assert!(memory.pair.try_write().is_ok());
}

#[test]
fn a_dead_reader_blocks_no_writer() {
    let memory = memory();
    let reader = Child::run(|| {
        let _guard = memory.pair.read();
        memory.told.rounds[0].store(1, SeqCst);
        wait_for_ever();
    });
    eventually("the reader reads", || memory.told.rounds[0].load(SeqCst) == 1);
    let writer = Child::run(|| must(memory.pair.write().is_ok()));
    writer.until_asleep();
    reader.kill();
    assert!(writer.succeeded());
}

#[test]
fn a_dead_writer_is_told_to_readers_and_repaired_by_a_writer() {
    let memory = memory();
    let writer = Child::run(|| {
        let mut pair = memory.pair.write().ok();
        if let Some(pair) = &mut pair {
            pair[0] = 1;
        }
        // SAFETY: ends the child, which holds the lock.
        unsafe { libc::_exit(0) };
    });
    assert!(writer.succeeded());
    assert!(matches!(memory.pair.read(), Err(LockError::Inconsistent(()))));
    let Err(LockError::Inconsistent(broken)) = memory.pair.write() else { panic!("nobody told") };
    assert_eq!(broken.value(), Some(&[1, 0]));
    drop(broken.repair([1, 1]));
    assert_eq!(memory.pair.read().map(|pair| *pair), Ok([1, 1]));
}

#[test]
fn unrepaired_it_is_poisoned_for_readers_and_writers() {
    let memory = memory();
    std::thread::spawn(move || std::mem::forget(memory.pair.write())).join().expect("thread");
    eventually("the thread is gone", || !matches!(memory.pair.try_write(), Err(TryLockError::WouldBlock)));
    assert!(memory.pair.is_poisoned());
    assert!(matches!(memory.pair.read(), Err(LockError::Poisoned)));
    assert!(matches!(memory.pair.write(), Err(LockError::Poisoned)));
}

#[test]
fn more_readers_than_slots_wait_their_turn() {
    let memory = memory();
    let held = [memory.pair.read().expect("new"), memory.pair.read().expect("room for two")];
    assert!(matches!(memory.pair.try_read(), Err(TryLockError::WouldBlock)));
    let third = Child::run(|| must(memory.pair.read().is_ok()));
    third.until_asleep();
    drop(held);
    assert!(third.succeeded());
}

#[test]
fn who_would_wait_for_itself_panics_and_nobody_else_waits() {
    let memory = memory();
    let alone = std::thread::spawn(move || {
        let _first = memory.pair.read();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(memory.pair.write()))).is_err());
        let _second = memory.pair.read();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(memory.pair.read()))).is_err());
    });
    assert!(alone.join().is_ok());
    assert!(memory.pair.try_write().is_ok());
}

/// A slot of its own says nothing of the other one, which somebody else is going to leave.
#[test]
fn who_reads_and_finds_no_slot_waits_for_another() {
    let memory = memory();
    let ready = &memory.told.rounds[0];
    let other = Child::run(|| {
        let guard = memory.pair.read();
        ready.store(1, SeqCst);
        eventually("all slots are wanted", || ready.load(SeqCst) == 2);
        drop(guard);
    });
    eventually("one slot is taken", || ready.load(SeqCst) == 1);
    let twice = Child::run(|| {
        let _first = memory.pair.read();
        ready.store(2, SeqCst);
        must(memory.pair.read().is_ok());
    });
    assert!(twice.succeeded() && other.succeeded());
}

#[test]
fn a_storm_of_kills_shows_no_reader_half_a_change_and_leaves_nobody_waiting() {
    let memory = memory();
    let told: Shared<Told> = Shared::part(memory, |memory| &memory.told);
    storm(
        0x5eed_0002,
        WORKERS,
        KILLS,
        told,
        |_| false,
        |worker| {
            if worker % 2 == 0
                && let Ok(pair) = memory.pair.read()
            {
                told.hold(pair[0] == pair[1]);
                return;
            }
            let mut pair = match memory.pair.write() {
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
    println!("kills={KILLS} rwlock inconsistent={inconsistent}");
    assert!(inconsistent >= 3, "only {inconsistent} of {KILLS} kills hit a writer");
}
