//! A slot's word: what is announced is complete, and of a flight and the daemon that gives it up one wins.

use super::explore;
use perennial::locks::platform::{AtomicU32, Data, wait, wake, whole};
use perennial::protocol::slot::{self, Said};
use std::sync::atomic::{AtomicU32 as Count, Ordering::SeqCst};

/// The transaction's TID with the waiters' bit, as the kernel wants it.
const OWNED: u32 = 0x8000_0001;
/// The kernel's mark.
const DIED: u32 = 0x4000_0000;

/// A slot whose process has registered.
struct Slot {
    word: AtomicU32,
    record: Data<u64>,
    /// Changes once the process has ended.
    ended: AtomicU32,
    announced: Count,
    committed: Count,
    given_up: Count,
    died: Count,
}

fn new() -> Slot {
    Slot {
        word: AtomicU32::new(OWNED),
        record: Data::new(0),
        ended: AtomicU32::new(0),
        announced: Count::new(0),
        committed: Count::new(0),
        given_up: Count::new(0),
        died: Count::new(0),
    }
}

fn announce(slot: &Slot, state: u32) {
    if slot::announce(&slot.word, state) {
        slot.announced.fetch_add(1, SeqCst);
        wake(whole(&slot.word), i32::MAX);
    }
}

/// The transaction, and once that is dead the kernel, which marks the word and later says that the process has ended.
fn transact(slot: &Slot, incarnation: usize) {
    if incarnation == 0 {
        // SAFETY: only read once this is announced, which the model verifies.
        unsafe { *slot.record.get_mut() = 7 };
        announce(slot, slot::PREPARED);
        return;
    }
    slot.died.store(1, SeqCst);
    if slot.word.compare_exchange(OWNED, OWNED & !1 | DIED, SeqCst, SeqCst).is_ok() {
        wake(whole(&slot.word), i32::MAX);
    }
    slot.ended.store(1, SeqCst);
    wake(whole(&slot.ended), i32::MAX);
}

fn land(slot: &Slot) {
    loop {
        let ended = slot.ended.load(SeqCst);
        let (now, said) = slot::look(&slot.word, || ended != 0);
        match said {
            Said::Nothing => _ = wait(&[(whole(&slot.word), now), (whole(&slot.ended), ended)], None),
            Said::Died => return,
            Said::Announced(state) => return commit(slot, state),
        }
    }
}

fn commit(slot: &Slot, state: u32) {
    assert_eq!(state == slot::PREPARED, slot::take_over(&slot.word));
    if state == slot::PREPARED {
        // SAFETY: as in `transact`.
        assert_eq!(unsafe { *slot.record.get() }, 7);
        slot.committed.fetch_add(1, SeqCst);
        assert!(!slot::take_over(&slot.word), "taken over twice");
    }
}

fn check(slot: &Slot) {
    let [announced, committed, given_up] =
        [&slot.announced, &slot.committed, &slot.given_up].map(|count| count.load(SeqCst));
    assert!(announced + given_up <= 1, "announced {announced} times, given up {given_up} times");
    assert!(committed + given_up <= 1, "committed {committed} times, given up {given_up} times");
    let died = slot.died.load(SeqCst) == 1;
    assert!(died || committed + given_up == 1, "neither committed nor given up");
}

#[test]
fn slot_is_awaited() {
    explore((3, 1), new, transact, [land], check);
}

#[test]
fn slot_is_given_up() {
    let give_up = |slot: &Slot| {
        if slot::give_up(&slot.word) {
            slot.given_up.fetch_add(1, SeqCst);
            assert!(!slot::take_over(&slot.word), "what was given up is committed");
        } else {
            land(slot);
        }
    };
    explore((3, 1), new, transact, [give_up], check);
}

/// Two threads of one transaction end it, one with a result and one by a crash: one of them is heard.
#[test]
fn slot_second_thread_crashes() {
    let crash = |slot: &Slot| announce(slot, slot::CRASHED);
    explore((2, 1), new, transact, [crash, land], |slot| {
        assert!(slot.announced.load(SeqCst) <= 1, "announced twice");
    });
}
