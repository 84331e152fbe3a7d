//! Semaphores.

use crate::family::{Child, KILLS, Shared, Told, WORKERS, dawdle, must, storm};
use perennial::locks::{Mutex, Semaphore};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

#[repr(C)]
struct Memory {
    one: Semaphore<1>,
    two: Semaphore<2>,
    holder: AtomicU64,
    told: Told,
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks and atomics of all-zero.
    unsafe { Shared::zeroed() }
}

#[test]
fn permits_of_the_dead_are_given_back() {
    let memory = memory();
    let holder = Child::run(|| {
        std::mem::forget([memory.two.acquire(), memory.two.acquire()]);
        must(memory.two.available() == 0);
    });
    assert!(holder.succeeded());
    assert_eq!(memory.two.available(), 2);
    let both = [memory.two.acquire(), memory.two.acquire()];
    assert!(memory.two.try_acquire().is_none());
    drop(both);
}

/// A thread holds 128 at most, and the queue takes one.
#[test]
fn who_holds_too_much_panics_and_nobody_else_waits() {
    #[repr(C)]
    struct Many {
        mutexes: [Mutex<u64>; 126],
        permits: Semaphore<1>,
    }
    // SAFETY: locks of all-zero.
    let memory: Shared<Many> = unsafe { Shared::zeroed() };
    let guards = memory.mutexes.each_ref().map(|mutex| mutex.lock().expect("new"));
    let permit = memory.permits.acquire();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(memory.permits.acquire()))).is_err());
    drop(guards);
    let other = Child::run(|| must(memory.permits.try_acquire_for(Duration::from_secs(20)).is_some()));
    other.until_asleep();
    drop(permit);
    assert!(other.succeeded());
}

#[test]
fn who_waits_gets_the_permit_of_a_dead_holder() {
    let memory = memory();
    let mine = memory.two.acquire();
    let holder = Child::run(|| {
        let _permit = memory.two.acquire();
        memory.holder.store(1, SeqCst);
        loop {
            // SAFETY: waits for a signal.
            unsafe { libc::pause() };
        }
    });
    crate::family::eventually("the other is taken", || memory.holder.load(SeqCst) == 1);
    let waiting: Vec<Child> = (0..3).map(|_| Child::run(|| drop(memory.two.acquire()))).collect();
    waiting.iter().for_each(Child::until_asleep);
    holder.kill();
    assert!(waiting.into_iter().all(Child::succeeded));
    drop(mine);
    assert_eq!(memory.two.available(), 2);
}

#[test]
fn who_is_next_may_die_while_waiting() {
    let memory = memory();
    let mine = memory.one.acquire();
    let waiting: Vec<Child> = (0..3)
        .map(|_| {
            let child = Child::run(|| drop(memory.one.acquire()));
            child.until_asleep();
            child
        })
        .collect();
    let mut waiting = waiting.into_iter();
    waiting.next().expect("three").kill();
    drop(mine);
    assert!(waiting.all(Child::succeeded));
}

#[test]
fn time_is_over_in_time() {
    let memory = memory();
    let mine = memory.one.acquire();
    let late = Child::run(|| must(memory.one.try_acquire_for(Duration::from_millis(20)).is_none()));
    assert!(late.succeeded());
    drop(mine);
    assert!(memory.one.try_acquire_for(Duration::from_millis(20)).is_some());
}

#[test]
fn a_storm_of_kills_loses_no_permit_and_gives_none_twice() {
    let memory = memory();
    let told: Shared<Told> = Shared::part(memory, |memory| &memory.told);
    storm(
        0x5eed_0003,
        WORKERS,
        KILLS,
        told,
        |_| false,
        |worker| {
            let _one = memory.one.acquire();
            memory.holder.store(worker as u64, SeqCst);
            for _ in 0..20 {
                dawdle();
                told.hold(memory.holder.load(SeqCst) == worker as u64);
            }
        },
    );
    assert_eq!(memory.one.available(), 1);
    let told: Shared<Told> = Shared::part(memory, |memory| &memory.told);
    storm(
        0x5eed_0004,
        WORKERS,
        KILLS,
        told,
        |_| false,
        |_| {
            let _permit = memory.two.acquire();
            dawdle();
        },
    );
    assert_eq!(memory.two.available(), 2);
}
