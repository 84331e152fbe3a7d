//! Rings: a message is read as it was written, once and in order, and no slot is written while it is read, whichever side
//! dies.

use super::explore;
use perennial::locks::platform::{AtomicU32, AtomicU64, Data, low, wait, wake};
use perennial::protocol::{attempt, close, enter, leave, positions, waiting};
use std::sync::atomic::{AtomicU64 as Count, Ordering::Relaxed, Ordering::SeqCst};

/// Messages, each the number of its position.
const MESSAGES: u64 = 2;

/// One end: its position, and whether its side waits.
struct End {
    position: AtomicU64,
    waiting: AtomicU32,
}

impl End {
    fn new() -> Self {
        Self { position: AtomicU64::new(0), waiting: AtomicU32::new(0) }
    }

    /// Commits, and wakes the `other` side if that waits.
    fn advance(&self, to: u64, other: &End) {
        positions::advance(&self.position, to);
        if waiting::after_change(&other.waiting) != 0 {
            self.wake();
        }
    }

    fn wake(&self) {
        wake(low(&self.position), i32::MAX);
    }

    /// Waits until the `other` side has passed `at`.
    fn wait(&self, other: &End, at: u64) {
        let found = || positions::is_committed(&other.position, at);
        while !found() {
            waiting::begin(&self.waiting, 1);
            waiting::last_look(
                &mut [(low(&other.position), 0)],
                |expected| expected[0].1 = positions::committed(&other.position) as u32,
                found,
                |expected| _ = wait(expected, None),
            );
            self.waiting.store(0, SeqCst);
        }
    }
}

/// A ring that holds one message, and both sides wait.
struct Ring {
    producer: End,
    consumer: End,
    slot: Data<u64>,
}

fn ring() -> Ring {
    Ring { producer: End::new(), consumer: End::new(), slot: Data::new(u64::MAX) }
}

fn push(ring: &Ring, incarnation: usize) {
    if incarnation != 0 {
        ring.producer.wake();
    }
    for at in positions::committed(&ring.producer.position)..MESSAGES {
        if at > 0 {
            ring.producer.wait(&ring.consumer, at - 1);
        }
        // SAFETY: the consumer has passed what was there, which the model verifies.
        unsafe { *ring.slot.get_mut() = at };
        ring.producer.advance(at + 1, &ring.consumer);
    }
}

fn pop(ring: &Ring, incarnation: usize) {
    if incarnation != 0 {
        ring.consumer.wake();
    }
    for at in positions::committed(&ring.consumer.position)..MESSAGES {
        ring.consumer.wait(&ring.producer, at);
        // SAFETY: the producer has written it, which the model verifies.
        assert_eq!(unsafe { *ring.slot.get() }, at);
        ring.consumer.advance(at + 1, &ring.producer);
    }
}

#[test]
fn ring_producer_dies() {
    explore((1, 1), ring, push, [|ring| pop(ring, 0)], |_| {});
}

#[test]
fn ring_consumer_dies() {
    explore((1, 1), ring, pop, [|ring| push(ring, 0)], |_| {});
}

/// A ring that holds one message, whose producer waits for nobody.
struct Overwritten {
    lock: AtomicU64,
    position: AtomicU64,
    slot: AtomicU64,
    taken: Count,
}

fn overwritten() -> Overwritten {
    Overwritten {
        lock: AtomicU64::new(0),
        position: AtomicU64::new(0),
        slot: AtomicU64::new(u64::MAX),
        taken: Count::new(0),
    }
}

#[test]
fn ring_drops_the_oldest() {
    let push = |ring: &Overwritten, incarnation| {
        let mut at = positions::committed(&ring.position);
        if incarnation != 0 && at == MESSAGES {
            close(&ring.lock);
        }
        while at < MESSAGES {
            let odd = enter(&ring.lock);
            ring.slot.store(at, Relaxed);
            at += 1;
            positions::advance(&ring.position, at);
            leave(&ring.lock, odd);
        }
    };
    let pop = |ring: &Overwritten| {
        let mut at = 0;
        for _ in 0..2 {
            let taken = attempt(&ring.lock, || {
                positions::oldest_left(&ring.position, at, 1).map(|at| (at, ring.slot.load(Relaxed)))
            });
            if let Some((position, message)) = taken.flatten() {
                assert_eq!(position, message, "what was overwritten is taken for another");
                at = position + 1;
                ring.taken.fetch_add(1, SeqCst);
            }
        }
    };
    explore((1, 1), overwritten, push, [pop], |ring| {
        assert!(ring.taken.load(SeqCst) <= MESSAGES);
        assert!(attempt(&ring.lock, || ()).is_some(), "the lock is free");
    });
}
