//! Condition variables.

use crate::family::{Child, KILLS, Shared, Told, WORKERS, must, storm};
use perennial::locks::{Condvar, LockError, Mutex, MutexGuard};
use std::sync::atomic::Ordering::SeqCst;

#[repr(C)]
struct Memory {
    items: Mutex<u64>,
    changed: Condvar,
    told: Told,
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks and atomics of all-zero.
    unsafe { Shared::zeroed() }
}

fn usable<'a>(
    result: Result<MutexGuard<'a, u64>, LockError<perennial::locks::Inconsistent<'a, u64>>>,
) -> MutexGuard<'a, u64> {
    match result {
        Ok(guard) => guard,
        Err(LockError::Inconsistent(broken)) => match broken.mark_consistent() {
            Ok(guard) => guard,
            Err(broken) => broken.repair(0),
        },
        Err(LockError::Poisoned) => {
            must(false);
            unreachable!()
        }
    }
}

#[test]
fn a_waiter_that_dies_takes_no_notification_with_it() {
    let memory = memory();
    let take = || {
        let mut items = usable(memory.changed.wait_while(usable(memory.items.lock()), |items| *items == 0));
        *items -= 1;
    };
    let children: Vec<Child> = (0..3)
        .map(|_| {
            let child = Child::run(take);
            child.until_asleep();
            child
        })
        .collect();
    let mut children = children.into_iter();
    children.next().expect("three").kill();
    *usable(memory.items.lock()) = 2;
    memory.changed.notify_one();
    assert!(children.all(Child::succeeded));
    assert_eq!(*usable(memory.items.lock()), 0);
}

#[test]
fn nobody_misses_a_notification_between_mutex_and_sleep() {
    let memory = memory();
    // Each answers the other: one notification lost and both would wait for ever.
    let side = |parity: u64| {
        for _ in 0..20_000 {
            let wait = memory.changed.wait_while(usable(memory.items.lock()), |items| *items % 2 != parity);
            *usable(wait) += 1;
            memory.changed.notify_one();
        }
    };
    let children = [Child::run(|| side(0)), Child::run(|| side(1))];
    assert!(children.into_iter().all(Child::succeeded));
    assert_eq!(*usable(memory.items.lock()), 40_000);
}

#[test]
fn a_storm_of_kills_leaves_no_consumer_asleep() {
    let memory = memory();
    let told: Shared<Told> = Shared::part(memory, |memory| &memory.told);
    // Two produce, and two consume, who come on only while somebody produces; there always is one.
    storm(
        0x5eed_0005,
        WORKERS,
        KILLS,
        told,
        |_| false,
        |worker| {
            if worker % 2 == 0 {
                let mut items = usable(memory.items.lock());
                *items = (*items + 1).min(1000);
                drop(items);
                memory.changed.notify_one();
            } else {
                let items = memory.changed.wait_while(usable(memory.items.lock()), |items| *items == 0);
                *usable(items) -= 1;
            }
        },
    );
    assert!(told.rounds[1].load(SeqCst) > 0);
}
