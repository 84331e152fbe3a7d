//! What is done once.

use crate::family::{Child, Shared, must};
use perennial::locks::{Once, OnceLock};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const ROUNDS: usize = 100;

#[repr(C)]
struct Memory {
    once: Once,
    runs: AtomicU64,
    values: [OnceLock<[u64; 2]>; ROUNDS],
    seen: [AtomicU64; ROUNDS],
    begun: [AtomicU64; ROUNDS],
    again: [AtomicU64; ROUNDS],
}

fn memory() -> Shared<Memory> {
    // SAFETY: locks and atomics of all-zero.
    unsafe { Shared::zeroed() }
}

#[test]
fn it_runs_once_among_processes() {
    let memory = memory();
    let children: Vec<Child> = (0..4)
        .map(|_| {
            Child::run(|| {
                memory.once.call_once(|| {
                    memory.runs.fetch_add(1, SeqCst);
                });
                must(memory.runs.load(SeqCst) == 1);
            })
        })
        .collect();
    assert!(children.into_iter().all(Child::succeeded));
    assert!(memory.once.is_completed());
}

#[test]
fn who_dies_or_panics_over_it_leaves_it_to_the_next() {
    let memory = memory();
    // SAFETY: ends the child.
    let dying = Child::run(|| memory.once.call_once(|| unsafe { libc::_exit(0) }));
    assert!(dying.succeeded());
    assert!(!memory.once.is_completed());
    let panicking = std::thread::spawn(move || memory.once.call_once(|| panic!("not done")));
    assert!(panicking.join().is_err());
    memory.once.call_once(|| memory.runs.store(1, SeqCst));
    assert_eq!(memory.runs.load(SeqCst), 1);
}

#[test]
fn everybody_sees_the_same_value_however_many_die_over_it() {
    let memory = memory();
    let mut interrupted = 0;
    for round in 0..ROUNDS {
        let work = move |worker: u64| {
            let value = memory.values[round].get_or_init(|| {
                if memory.begun[round].compare_exchange(0, worker, SeqCst, SeqCst).is_err() {
                    memory.again[round].store(1, SeqCst);
                } else if round % 2 == 0 {
                    // Until it is killed.
                    loop {
                        std::hint::spin_loop();
                    }
                }
                for _ in 0..20_000 {
                    std::hint::spin_loop();
                }
                [worker, !worker]
            });
            must(value[0] == !value[1]);
            let first = memory.seen[round].compare_exchange(0, value[0], SeqCst, SeqCst);
            must(first.is_ok() || first == Err(value[0]));
        };
        let mut children = [1, 2, 3].map(|worker| Some(Child::run(|| work(worker))));
        let mut first = 0;
        crate::family::eventually("somebody begins", || {
            first = memory.begun[round].load(SeqCst) as usize;
            first > 0
        });
        for _ in 0..round % 7 * 40 {
            std::hint::spin_loop();
        }
        if let Some(victim) = children[first - 1].take() {
            victim.kill();
        }
        assert!(children.into_iter().flatten().all(Child::succeeded), "round {round}");
        interrupted += memory.again[round].load(SeqCst);
    }
    println!("kills={ROUNDS} once interrupted={interrupted}");
    assert!(interrupted >= ROUNDS as u64 / 2, "only {interrupted} of {ROUNDS} kills hit who began");
}
