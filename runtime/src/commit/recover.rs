//! Recovery, rollback and reset: how a region gets back to a committed state.
//!
//! All three can be interrupted at any instruction and started again.

use super::record::{Entry, Header, Kind, RECORD_HEADER, RECORD_MAGIC};
use super::{Region, bytes};
use crate::fault::{self, Point};
use crate::layout::{IMAGE, MAGIC};
use crate::state::{FieldInfo, Shape};
use core::ptr;
use core::sync::atomic::{Ordering, fence};

/// What recovery found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The region had never been used.
    Fresh,
    /// The last commit was complete.
    Clean,
    /// The last commit was published and not fully applied; it is now.
    Replayed,
    /// The published record does not match its checksum: somebody wrote over the journal. The state is what
    /// was applied last, possibly torn.
    Damaged,
    /// The image holds a value that its type does not allow, in the named row of the table.
    Invalid(usize),
}

impl Recovery {
    /// In words, for the log.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Fresh => "new",
            Self::Clean => "last commit was complete",
            Self::Replayed => "last commit was completed",
            Self::Damaged => "last commit was damaged",
            Self::Invalid(_) => "a field was invalid",
        }
    }
}

impl Region {
    /// Brings the region to its last committed state; with `reset`, or where that state cannot be trusted, to
    /// the initial one. Must run before anything else touches it.
    pub fn recover(&self, reset: bool) -> Recovery {
        let header = self.header();
        if header.magic.load(Ordering::Acquire) != MAGIC {
            header.magic.store(MAGIC, Ordering::Release);
            return Recovery::Fresh;
        }
        fault::point(Point::RecoverStarted);
        let mut outcome = Recovery::Clean;
        let published = header.published.load(Ordering::Acquire);
        if published != header.applied.load(Ordering::Acquire) {
            if self.published_record_is_whole() {
                self.apply(&self.record());
                outcome = Recovery::Replayed;
            } else {
                // Announced before anything else says that the record is done with, or a second crash here
                // would make the torn image pass for a committed one.
                self.announce_reset();
                header.applied.store(published, Ordering::Release);
                outcome = Recovery::Damaged;
            }
            fault::point(Point::RecoverReplayed);
        }
        if let Some(field) = self.first_invalid().filter(|_| outcome != Recovery::Damaged) {
            self.announce_reset();
            outcome = Recovery::Invalid(field);
        }
        if reset {
            self.announce_reset();
        }
        if header.resetting.load(Ordering::Acquire) != 0 {
            self.finish_reset();
        }
        // Readers wait while the lock is odd; a predecessor may have died holding it after `applied`.
        let lock = header.lock.load(Ordering::Relaxed);
        if lock & 1 == 1 {
            header.lock.store(lock.wrapping_add(1), Ordering::Release);
        }
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
        bytes::crc32c(0, entries) == record.entries_crc && record.checksum() == record.crc
    }

    /// The first field whose image is not valid.
    fn first_invalid(&self) -> Option<usize> {
        self.fields().iter().position(|field| !self.is_valid(field))
    }

    fn is_valid(&self, field: &FieldInfo) -> bool {
        // SAFETY: the field lies inside the image by the table's contract; nobody commits meanwhile.
        let bytes = unsafe { core::slice::from_raw_parts(self.image().add(field.offset), field.size) };
        (field.check_image)(bytes)
    }

    /// Undoes the newest `commits` commits that the history holds, each by a commit of its own, so that a
    /// crash on the way leaves a state that was once committed. The first opens a new epoch. What ring ends hold
    /// stays, with their positions; commits that changed nothing else are passed over.
    /// Returns how many were undone.
    pub fn rollback(&self, commits: usize) -> usize {
        let mut undone = 0;
        while undone < commits {
            let header = self.header();
            let history = self.history();
            let Some(undo) = history.newest(header.history_head.load(Ordering::Acquire)) else { break };
            let limit = self.layout().record - RECORD_HEADER;
            let mut at = 0;
            history.items(undo, |field, offset, old, len| {
                let end = at + Entry::space(at, len);
                if end > limit {
                    return;
                }
                // SAFETY: head, padding and payload end before `limit`, inside the journal.
                unsafe {
                    Entry::put_head(self.body(), at, Kind::Write, field, offset, len);
                    history.get(old, self.body().add(at + Entry::HEAD + Entry::padding(at, len)), len);
                }
                at = end;
            });
            // SAFETY: the entries lie inside the journal.
            let entries = unsafe { core::slice::from_raw_parts(self.body(), at) };
            let epoch = header.epoch.load(Ordering::Relaxed) + u64::from(undone == 0);
            let record = self.publish(Header {
                magic: RECORD_MAGIC,
                len: at as u32,
                positions_at: at as u32,
                entries_crc: bytes::crc32c(0, entries),
                history_head: undo.start,
                epoch,
                ..Header::default()
            });
            self.apply(&record);
            undone += 1;
        }
        undone
    }

    /// The first step of a reset: from here on recovery completes it.
    fn announce_reset(&self) {
        let header = self.header();
        // The epoch to come, so that a reset that is interrupted and begun again counts once.
        header.resetting.store(header.epoch.load(Ordering::Relaxed) + 1, Ordering::Release);
        fault::point(Point::ResetStarted);
    }

    /// Makes every field all-zero except sound ring ends, whose messages stay, forgets the answers, and opens the new
    /// epoch.
    fn finish_reset(&self) {
        let header = self.header();
        let odd = header.lock.load(Ordering::Relaxed) | 1;
        header.lock.store(odd, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        for field in self.fields() {
            // A ring end that is damaged itself would make every later recovery reset again.
            if !matches!(field.shape, Shape::Ring(_)) || !self.is_valid(field) {
                // SAFETY: the field lies inside the image by the table's contract.
                unsafe { ptr::write_bytes(self.alias().add(IMAGE + field.offset), 0, field.size) };
            }
        }
        // SAFETY: the answers lie in the header, which only the owner writes. An answer without its effect
        // would let a request be answered that was never carried out.
        unsafe { ptr::write_bytes(header.answers.get(), 0, 1) };
        // What the history holds would bring back parts of a state that is no more.
        header.history_tail.store(header.history_head.load(Ordering::Relaxed), Ordering::Release);
        fault::point(Point::ResetCleared);
        header.epoch.store(header.resetting.load(Ordering::Relaxed), Ordering::Release);
        header.resetting.store(0, Ordering::Release);
        header.lock.store(odd.wrapping_add(1), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Log;
    use super::*;
    use crate::collections::Consumer;
    use crate::layout::{Layout, PAGE};
    use crate::state::Options;

    static FIELDS: [FieldInfo; 2] = [
        FieldInfo::of::<u64>("count", "u64", 0),
        FieldInfo::of::<Consumer<u32, 4>>("inbox", "Consumer<u32, 4>", 8),
    ];

    fn with_region(test: impl FnOnce(&Region)) {
        let layout = Layout::new(8 + FIELDS[1].size, &Options::new(1 << 20));
        let memory = std::alloc::Layout::from_size_align(layout.region, PAGE).unwrap();
        // SAFETY: allocated for the region's size, used by this thread alone, freed at the end.
        unsafe {
            let start = std::alloc::alloc_zeroed(memory);
            test(&Region::new(start, start, layout, &FIELDS));
            std::alloc::dealloc(start, memory);
        }
    }

    fn set_count(region: &Region, stamp: u32, count: u64) {
        let log = Log::closed();
        // SAFETY: no other record is open; the stamps of a test are fresh.
        unsafe { region.open(&log, stamp) };
        log.write(0, IMAGE, &count.to_le_bytes()).unwrap();
        region.commit(log.seal().unwrap());
    }

    fn count(region: &Region) -> u64 {
        // SAFETY: the first field of the image.
        unsafe { ptr::read(region.image().cast()) }
    }

    #[test]
    fn a_damaged_ring_end_resets_the_state_once() {
        with_region(|region| {
            assert_eq!(region.recover(false), Recovery::Fresh);
            set_count(region, 1, 7);
            // SAFETY: the number of dead letters, inside the consumer's metadata.
            unsafe { ptr::write(region.alias().add(IMAGE + 8 + 4).cast::<u32>(), u32::MAX) };
            assert_eq!(region.recover(false), Recovery::Invalid(1));
            assert_eq!(count(region), 0);
            set_count(region, 2, 9);
            assert_eq!(region.recover(false), Recovery::Clean);
            assert_eq!(count(region), 9);
        });
    }

    #[test]
    fn a_damaged_record_resets_even_if_recovery_dies_on_the_way() {
        with_region(|region| {
            region.recover(false);
            set_count(region, 1, 7);
            let header = region.header();
            header.published.store(2, Ordering::Relaxed);
            assert_eq!(region.recover(false), Recovery::Damaged);
            assert_eq!(count(region), 0, "a torn image never passes for a committed one");
            // As if the first attempt had died right after it announced the reset.
            set_count(region, 2, 5);
            header.resetting.store(header.epoch.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            region.recover(false);
            assert_eq!(count(region), 0);
        });
    }

    #[test]
    fn a_published_record_is_applied_as_often_as_recovery_dies() {
        with_region(|region| {
            region.recover(false);
            set_count(region, 1, 7);
            let header = region.header();
            for _ in 0..3 {
                // As if the process had died half-way through `apply`.
                header.applied.store(0, Ordering::Relaxed);
                header.lock.store(header.lock.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
                // SAFETY: the first field of the image.
                unsafe { ptr::write(region.alias().add(IMAGE).cast::<u64>(), 0xdead) };
                assert_eq!(region.recover(false), Recovery::Replayed);
                assert_eq!(count(region), 7);
                assert_eq!(header.lock.load(Ordering::Relaxed) & 1, 0);
            }
            assert_eq!(region.rollback(1), 1);
            assert_eq!(count(region), 0);
        });
    }
}
