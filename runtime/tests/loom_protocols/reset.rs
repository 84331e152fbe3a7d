//! Resets: no reader sees anything of a state that is being cleared, or one state under another's epoch or number; a
//! reset that was announced is finished, counted and told of once, whenever the writer dies, and its successor in recovery.

use super::explore;
use perennial::locks::platform::AtomicU64;
use perennial::protocol::{Numbers, Progress, Reset, attempt};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

const MARK: u64 = 1;

/// A region: an image of two words, both the number of the commit.
struct Region {
    lock: AtomicU64,
    epoch: AtomicU64,
    published: AtomicU64,
    applied: AtomicU64,
    history_head: AtomicU64,
    resetting: AtomicU64,
    told: AtomicU64,
    image: [AtomicU64; 2],
}

/// With one commit.
fn region() -> Region {
    let (zero, one) = (|| AtomicU64::new(0), || AtomicU64::new(1));
    Region {
        lock: zero(),
        epoch: zero(),
        published: one(),
        applied: one(),
        history_head: one(),
        resetting: zero(),
        told: zero(),
        image: [one(), one()],
    }
}

impl Region {
    fn progress(&self) -> Progress<'_, AtomicU64> {
        let Self { lock, epoch, published, applied, history_head, .. } = self;
        Progress { lock, epoch, published, applied, history_head }
    }

    fn reset(&self) -> Reset<'_, AtomicU64> {
        let Self { lock, epoch, applied, resetting, told, .. } = self;
        Reset { lock, epoch, applied, resetting, told, mark: MARK }
    }

    fn fill(&self, value: u64) {
        self.image.iter().for_each(|word| word.store(value, Relaxed));
    }

    fn finish(&self) {
        self.reset().finish(|| self.fill(0));
    }

    fn finish_if_announced(&self) {
        if self.reset().is_under_way() {
            self.finish();
        }
    }
}

/// A reset of a region with one commit.
fn reset(region: &Region, incarnation: usize) {
    if incarnation != 0 {
        region.progress().recover(|_| unreachable!("it was applied"), || region.finish_if_announced());
    }
    if region.epoch.load(Relaxed) == 0 {
        region.reset().announce();
        region.finish();
    }
}

/// A second commit, whose record is damaged when somebody dies of it.
fn commit_what_is_damaged(region: &Region, incarnation: usize) {
    if incarnation == 0 {
        let numbers =
            region.progress().publish(|sequence| Numbers { sequence, epoch: 0, history_head: sequence });
        region.progress().apply(numbers, || region.fill(numbers.sequence));
    } else {
        region
            .progress()
            .recover(|published| region.reset().give_up(published), || region.finish_if_announced());
    }
}

/// Value, number of the commit, and epoch.
fn look(region: &Region) -> Option<(u64, u64, u64)> {
    let copied = attempt(&region.lock, || {
        let [first, second] = region.image.each_ref().map(|word| word.load(Relaxed));
        (first, second, region.applied.load(Relaxed), region.epoch.load(Relaxed))
    });
    copied.map(|(first, second, applied, epoch)| {
        assert_eq!(first, second, "a torn copy");
        assert_eq!(first, if epoch == 0 { applied } else { 0 }, "commit {applied} in epoch {epoch}");
        (first, applied, epoch)
    })
}

fn read(region: &Region) {
    look(region);
}

/// Neither number ever goes back.
fn read_twice(region: &Region) {
    let (before, after) = (look(region), look(region));
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after.1 >= before.1 && after.2 >= before.2, "{before:?}, then {after:?}");
    }
}

fn is_at_rest(region: &Region) {
    assert_eq!(region.resetting.load(SeqCst), 0, "a reset is under way for ever");
    let epoch = region.epoch.load(SeqCst);
    assert_eq!(region.told.load(SeqCst), epoch, "a reset of which nobody is told, or of none");
}

fn was_reset(region: &Region) {
    assert_eq!(look(region), Some((0, 1, 1)), "the lock is free, and one reset counted");
    is_at_rest(region);
}

fn was_reset_or_committed(region: &Region) {
    let now = look(region).expect("the lock is free");
    let published = region.published.load(SeqCst);
    assert!(now == (published, published, 0) || now == (0, 2, 1), "{now:?}");
    is_at_rest(region);
}

#[test]
fn reset_writer_dies() {
    explore((1, 1), region, reset, [read_twice], was_reset);
}

/// Without preemption: what the second successor finds, and not what readers see.
#[test]
fn reset_recovery_dies() {
    explore((0, 2), region, reset, [read], was_reset);
}

#[test]
fn reset_of_a_damaged_record() {
    explore((1, 1), region, commit_what_is_damaged, [read], was_reset_or_committed);
}

/// As above.
#[test]
fn reset_of_a_damaged_record_recovery_dies() {
    explore((0, 2), region, commit_what_is_damaged, [read], was_reset_or_committed);
}
