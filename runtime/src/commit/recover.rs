//! Recovery: how a region gets back to its last committed state. It can be interrupted at any instruction and
//! started again.

use super::record::{RECORD_HEADER, RECORD_MAGIC};
use super::{Region, bytes};
use crate::fault::{self, Point};
use crate::layout::MAGIC;
use crate::state::FieldInfo;
use core::sync::atomic::Ordering;

/// What recovery found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The region had never been used.
    Fresh,
    /// The last commit was complete.
    Clean,
    /// The last commit was published and not fully applied; it is now.
    Replayed,
    /// The published record does not match its checksum, or the region has been used and is not marked as one:
    /// somebody wrote over journal or header. The state, which may have been torn, was reset.
    Damaged,
}

impl Recovery {
    /// In words, for the log.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Fresh => "new",
            Self::Clean => "last commit was complete",
            Self::Replayed => "last commit was completed",
            Self::Damaged => "last commit was damaged",
        }
    }
}

impl Region {
    /// Brings the region to its last committed state, or, where a reset was under way, or the published record or the
    /// mark of a region is damaged, to the initial one. Must run before anything else touches it; whether the values are
    /// sound is not looked at.
    pub fn recover(&self) -> Recovery {
        let header = self.header();
        let magic = header.magic.load(Ordering::Acquire);
        if magic != MAGIC {
            let published = header.published.load(Ordering::Relaxed);
            let is_new = magic | published | header.epoch.load(Ordering::Relaxed) == 0;
            if !is_new {
                self.resetting().give_up(published);
            }
            // Announced before, or a second crash here would make it pass for one that is sound.
            header.magic.store(MAGIC, Ordering::Release);
            if is_new {
                return Recovery::Fresh;
            }
            self.finish_reset();
            return Recovery::Damaged;
        }
        fault::point(Point::RecoverStarted);
        let mut outcome = Recovery::Clean;
        let replay = |published| {
            if self.published_record_is_whole() {
                self.apply(&self.record());
                outcome = Recovery::Replayed;
            } else {
                self.resetting().give_up(published);
                outcome = Recovery::Damaged;
            }
        };
        let reset = || {
            if self.resetting().is_under_way() {
                self.finish_reset();
            }
        };
        self.progress().recover(replay, reset);
        outcome
    }

    fn published_record_is_whole(&self) -> bool {
        let record = self.record();
        let len = record.len as usize;
        if record.magic != RECORD_MAGIC
            || len > self.layout().record - RECORD_HEADER
            || record.sequence != self.header().published.load(Ordering::Relaxed)
        {
            return false;
        }
        // SAFETY: inside the journal by the check above.
        let entries = unsafe { core::slice::from_raw_parts(self.body(), len) };
        bytes::checksum(entries) == record.entries_crc && record.checksum() == record.crc
    }

    /// The first field whose image is not valid.
    pub fn first_invalid(&self) -> Option<usize> {
        self.fields().iter().position(|field| !self.is_valid(field))
    }

    pub(super) fn is_valid(&self, field: &FieldInfo) -> bool {
        // SAFETY: the field lies inside the image by the table's contract; nobody commits meanwhile.
        let bytes = unsafe { core::slice::from_raw_parts(self.image().add(field.offset), field.size) };
        (field.check_image)(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::collections::Consumer;
    use crate::layout::IMAGE;
    use core::ptr;

    static FIELDS: [FieldInfo; 2] = [
        FieldInfo::of::<u64>("count", "u64", 0),
        FieldInfo::of::<Consumer<u32, 4>>("inbox", "Consumer<u32, 4>", 8),
    ];

    fn with_region(test: impl FnOnce(&Region)) {
        testing::with_region(&FIELDS, test);
    }

    fn set_count(region: &Region, stamp: u32, count: u64) {
        testing::set(region, stamp, count, |_| ()).unwrap();
    }

    fn count(region: &Region) -> u64 {
        // SAFETY: the first field of the image.
        unsafe { ptr::read(region.image().cast()) }
    }

    #[test]
    fn a_damaged_ring_end_resets_the_state_once() {
        with_region(|region| {
            assert_eq!(region.recover(), Recovery::Fresh);
            set_count(region, 1, 7);
            // SAFETY: the number of dead letters, inside the consumer's metadata.
            unsafe { ptr::write(region.alias().add(IMAGE + 8 + 4).cast::<u32>(), u32::MAX) };
            assert_eq!(region.recover(), Recovery::Clean);
            assert_eq!(region.first_invalid(), Some(1));
            assert_eq!(region.rollback(1), 1);
            assert_eq!(region.first_invalid(), Some(1), "what a ring end holds is not rolled back");
            set_count(region, 3, 8);
            region.announce_reset();
            region.finish_reset();
            assert_eq!(region.first_invalid(), None);
            assert_eq!(count(region), 0);
            set_count(region, 2, 9);
            assert_eq!(region.recover(), Recovery::Clean);
            assert_eq!(count(region), 9);
        });
    }

    #[test]
    fn a_damaged_record_resets_even_if_recovery_dies_on_the_way() {
        with_region(|region| {
            region.recover();
            set_count(region, 1, 7);
            let header = region.header();
            header.published.store(2, Ordering::Relaxed);
            assert_eq!(region.recover(), Recovery::Damaged);
            assert_eq!(count(region), 0, "a torn image never passes for a committed one");
            // As if the first attempt had died right after it announced the reset.
            set_count(region, 2, 5);
            header.resetting.store(header.epoch.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            region.recover();
            assert_eq!(count(region), 0);
        });
    }

    #[test]
    fn a_region_that_was_used_does_not_pass_for_a_new_one() {
        for (magic, lock) in [(0, 0), (MAGIC ^ 1, 0), (1, 1)] {
            with_region(|region| {
                region.recover();
                set_count(region, 1, 7);
                let header = region.header();
                header.magic.store(magic, Ordering::Relaxed);
                header.lock.fetch_or(lock, Ordering::Relaxed);
                assert_eq!(region.recover(), Recovery::Damaged);
                assert_eq!((count(region), region.epoch()), (0, 1));
                assert_eq!(header.lock.load(Ordering::Relaxed) & 1, 0, "readers wait");
                assert_eq!(region.recover(), Recovery::Clean);
            });
        }
    }

    /// A reader takes what it copies for what `applied` says wherever the lock is even.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_is_left_of_a_damaged_record_never_passes_for_its_commit() {
        use core::cell::Cell;
        with_region(|region| {
            region.recover();
            set_count(region, 1, 7);
            let header = region.header();
            header.published.store(2, Ordering::Relaxed);
            let (looks, wrong) = (Cell::new(0), Cell::new(0));
            let look = || {
                let even = header.lock.load(Ordering::Relaxed) & 1 == 0;
                let claimed =
                    header.applied.load(Ordering::Relaxed) == 2 && header.epoch.load(Ordering::Relaxed) == 0;
                looks.set(looks.get() + 1);
                wrong.set(wrong.get() + usize::from(even && claimed));
            };
            crate::sys::stepping::step(|| assert_eq!(region.recover(), Recovery::Damaged), &look);
            assert!(looks.get() > 100, "{looks:?}");
            assert_eq!(wrong.get(), 0, "of {looks:?} instructions");
            assert_eq!((count(region), region.epoch(), header.lock.load(Ordering::Relaxed) & 1), (0, 1, 0));
        });
    }

    #[test]
    fn each_commit_that_is_undone_opens_an_epoch_whoever_undoes_it() {
        with_region(|region| {
            region.recover();
            for n in 1..=6 {
                set_count(region, n, u64::from(n));
            }
            let header = region.header();
            assert_eq!((region.rollback(1), region.epoch(), count(region)), (1, 1, 5));
            // A successor goes on with a rollback, of which readers have seen the middle.
            let target = region.position_back(3);
            assert_eq!(
                (region.rollback_to(region.position_back(1)), region.epoch(), count(region)),
                (1, 2, 4)
            );
            assert_eq!((region.rollback_to(target), region.epoch(), count(region)), (2, 4, 2));
            // A death in the middle of one: it counts once.
            for _ in 0..3 {
                header.applied.fetch_sub(1, Ordering::Relaxed);
                header.epoch.store(3, Ordering::Relaxed);
                assert_eq!(region.recover(), Recovery::Replayed);
                assert_eq!((region.epoch(), count(region)), (4, 2));
            }
            set_count(region, 7, 9);
            assert_eq!(region.epoch(), 4);
        });
    }

    #[test]
    fn a_published_record_is_applied_as_often_as_recovery_dies() {
        with_region(|region| {
            region.recover();
            set_count(region, 1, 7);
            let header = region.header();
            for _ in 0..3 {
                // As if the process had died half-way through `apply`.
                header.applied.store(0, Ordering::Relaxed);
                header.lock.store(header.lock.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
                // SAFETY: the first field of the image.
                unsafe { ptr::write(region.alias().add(IMAGE).cast::<u64>(), 0xdead) };
                assert_eq!(region.recover(), Recovery::Replayed);
                assert_eq!(count(region), 7);
                assert_eq!(header.lock.load(Ordering::Relaxed) & 1, 0);
            }
            assert_eq!(region.rollback(1), 1);
            assert_eq!(count(region), 0);
        });
    }
}
