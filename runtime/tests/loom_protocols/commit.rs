//! Commits: nothing published is lost, nothing else is ever seen, and no reader believes a torn copy, whenever the writer
//! dies, and its successor in recovery.

use super::explore;
use perennial::locks::platform::AtomicU64;
use perennial::protocol::{Numbers, Progress, attempt};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

/// Commits that the writer and its successors make. Each fills the image with its number.
const COMMITS: u64 = 1;

/// A region: an image of two words, and a journal with as many.
struct Region {
    lock: AtomicU64,
    epoch: AtomicU64,
    published: AtomicU64,
    applied: AtomicU64,
    history_head: AtomicU64,
    journal: [AtomicU64; 2],
    image: [AtomicU64; 2],
}

fn region() -> Region {
    let zero = || AtomicU64::new(0);
    Region {
        lock: zero(),
        epoch: zero(),
        published: zero(),
        applied: zero(),
        history_head: zero(),
        journal: [zero(), zero()],
        image: [zero(), zero()],
    }
}

impl Region {
    fn progress(&self) -> Progress<'_, AtomicU64> {
        let Self { lock, epoch, published, applied, history_head, .. } = self;
        Progress { lock, epoch, published, applied, history_head }
    }

    fn apply(&self, sequence: u64) {
        let numbers = Numbers { sequence, epoch: sequence, history_head: sequence };
        self.progress().apply(numbers, || {
            for (to, from) in self.image.iter().zip(&self.journal) {
                to.store(from.load(Relaxed), Relaxed);
            }
        });
    }
}

fn write(region: &Region, incarnation: usize) {
    if incarnation != 0 {
        region.progress().recover(|published| region.apply(published), || {});
    }
    while region.published.load(Relaxed) < COMMITS {
        let sequence = region.progress().publish(|sequence| {
            region.journal.iter().for_each(|word| word.store(sequence, Relaxed));
            sequence
        });
        region.apply(sequence);
    }
}

fn look(region: &Region) -> Option<u64> {
    let copied = attempt(&region.lock, || {
        let [first, second] = region.image.each_ref().map(|word| word.load(Relaxed));
        (first, second, region.applied.load(Relaxed), region.epoch.load(Relaxed))
    });
    copied.map(|(first, second, applied, epoch)| {
        assert_eq!(first, second, "a torn copy");
        assert_eq!((first, first), (applied, epoch), "a copy that is taken for another");
        first
    })
}

fn read(region: &Region) {
    look(region);
}

/// What was seen once is not taken back.
fn read_twice(region: &Region) {
    let before = look(region);
    let after = look(region);
    assert!(after.is_none() || after >= before);
}

fn check(region: &Region) {
    assert_eq!(look(region), Some(COMMITS), "the lock is free and the last commit there");
    assert_eq!(region.published.load(SeqCst), COMMITS);
    assert_eq!(region.history_head.load(SeqCst), COMMITS);
}

#[test]
fn commit_writer_dies() {
    explore((1, 1), region, write, [read_twice], check);
}

#[test]
fn commit_recovery_dies() {
    explore((1, 2), region, write, [read], check);
}
