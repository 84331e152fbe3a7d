//! Waiting: no wake-up is lost, and none is made for who does not wait, whichever side dies.

use super::explore;
use perennial::locks::platform::{AtomicU32, AtomicU64, low, wait, wake, whole};
use perennial::protocol::{positions, waiting};
use std::sync::atomic::{AtomicU32 as Count, Ordering::SeqCst};

/// How many times the position moves.
const MOVES: u64 = 2;

/// What one side waits for and the other moves.
struct Pair {
    /// How the one waits: 0 not, 1 on the position, 2 on the doorbell.
    waiting: AtomicU32,
    position: AtomicU64,
    /// An event descriptor: rung as long as it is not 0.
    doorbell: AtomicU32,
}

fn pair() -> Pair {
    Pair { waiting: AtomicU32::new(0), position: AtomicU64::new(0), doorbell: AtomicU32::new(0) }
}

fn ring(pair: &Pair) {
    pair.doorbell.fetch_add(1, SeqCst);
    wake(whole(&pair.doorbell), i32::MAX);
}

fn moves(pair: &Pair, incarnation: usize) {
    if incarnation != 0 {
        // A predecessor may have died between moving and waking.
        wake(low(&pair.position), i32::MAX);
        ring(pair);
    }
    for to in positions::committed(&pair.position) + 1..=MOVES {
        positions::advance(&pair.position, to);
        match waiting::after_change(&pair.waiting) {
            0 => {}
            1 => _ = wake(low(&pair.position), i32::MAX),
            _ => ring(pair),
        }
    }
}

/// Waits until the position has passed `at`.
fn wait_until_past(pair: &Pair, at: u64, how: u32) {
    let found = || positions::is_committed(&pair.position, at);
    while !found() {
        waiting::begin(&pair.waiting, how);
        if how == 1 {
            waiting::last_look(
                &mut [(low(&pair.position), 0)],
                |expected| expected[0].1 = positions::committed(&pair.position) as u32,
                found,
                |expected| _ = wait(expected, None),
            );
        } else {
            waiting::last_look(&mut (), |()| {}, found, |()| _ = wait(&[(whole(&pair.doorbell), 0)], None));
            pair.doorbell.store(0, SeqCst);
        }
        pair.waiting.store(0, SeqCst);
    }
}

fn wait_on_words(pair: &Pair) {
    (0..MOVES).for_each(|at| wait_until_past(pair, at, 1));
}

fn wait_on_doorbell(pair: &Pair) {
    (0..MOVES).for_each(|at| wait_until_past(pair, at, 2));
}

#[test]
fn waiting_mover_dies() {
    explore((3, 1), pair, moves, [wait_on_words], |_| {});
}

#[test]
fn waiting_mover_dies_twice() {
    explore((1, 2), pair, moves, [wait_on_words], |_| {});
}

#[test]
fn waiting_doorbell_mover_dies() {
    explore((2, 1), pair, moves, [wait_on_doorbell], |_| {});
}

/// The one that waits dies, and its successor waits in its place.
#[test]
fn waiting_waiter_dies() {
    explore((3, 1), pair, |pair, _| wait_on_words(pair), [|pair| moves(pair, 0)], |_| {});
}

/// Root's watchdog and a daemon that goes on after a wait, while root asks.
struct Watch {
    waiting: AtomicU32,
    watching: AtomicU32,
    knocks: Count,
    taken_for_idle: Count,
}

fn watch() -> Watch {
    Watch {
        waiting: AtomicU32::new(1),
        watching: AtomicU32::new(0),
        knocks: Count::new(0),
        taken_for_idle: Count::new(0),
    }
}

#[test]
fn waiting_watchdog_is_told() {
    let go_on = |watch: &Watch| {
        watch.waiting.store(0, SeqCst);
        if waiting::after_change(&watch.watching) != 0 {
            watch.knocks.fetch_add(1, SeqCst);
        }
    };
    let ask = |watch: &Watch, _| {
        waiting::begin(&watch.watching, 1);
        let idle = watch.waiting.load(SeqCst);
        watch.taken_for_idle.store(idle, SeqCst);
    };
    // The daemon's death is told otherwise, and with root everything ends: nobody's matters here.
    loom::model(move || {
        let both = loom::sync::Arc::new(watch());
        let daemon = loom::sync::Arc::clone(&both);
        let daemon = loom::thread::spawn(move || go_on(&daemon));
        ask(&both, 0);
        daemon.join().expect("a thread of the model");
        let idle = both.taken_for_idle.load(SeqCst) == 1;
        assert!(!idle || both.knocks.load(SeqCst) == 1, "root sleeps, and is not told");
    });
}
