//! The slots of live rings under loom: every order of the writer's and a reader's steps, and what memory may show of them.
//! A writer that dies has taken no more steps than one that is slow, so its death is every state in which the reader
//! finds it here.
//!
//! `.ci/loom` runs it.
#![cfg(loom)]

use loom::sync::{Arc, atomic};

#[path = "../src/collections/ring/slots.rs"]
mod slots;

/// A slot of two words, in a ring of one.
struct Ring {
    position: atomic::AtomicU64,
    slot: [atomic::AtomicU64; 3],
}

/// What is pushed at `position`: both words are the same.
fn value(position: u64) -> [u8; 16] {
    [position as u8 + 1; 16]
}

fn explore(pushes: u64, reads: u64) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(4);
    builder.check(move || {
        let new = || atomic::AtomicU64::new(0);
        let ring = Arc::new(Ring { position: new(), slot: [new(), new(), new()] });
        let writer = {
            let ring = Arc::clone(&ring);
            loom::thread::spawn(move || {
                for position in 0..pushes {
                    slots::put(&ring.slot, position, &value(position));
                    ring.position.store(position + 1, atomic::Ordering::Release);
                }
            })
        };
        let mut next = 0;
        for _ in 0..reads {
            let written = ring.position.load(atomic::Ordering::SeqCst);
            let Some(at) = written.checked_sub(1).filter(|at| *at >= next) else { continue };
            let mut read = [0; 16];
            if slots::get(&ring.slot, at, &mut read) {
                assert_eq!(read, value(at), "torn, or another value");
            }
            next = at + 1;
        }
        writer.join().expect("the writer");
        let mut read = [0; 16];
        assert!(slots::get(&ring.slot, pushes - 1, &mut read) && read == value(pushes - 1));
    });
}

#[test]
fn one_value_is_there_whole_or_not_at_all() {
    explore(1, 2);
}

#[test]
fn a_value_that_is_overwritten_is_never_mixed_with_its_successor() {
    explore(2, 2);
}
