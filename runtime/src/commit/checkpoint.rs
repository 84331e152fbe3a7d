//! Named checkpoints: committed states that can be gone back to by name, as long as the history leads there.
//!
//! A checkpoint is no copy: it is a position in the history. So it is void once the history has dropped what leads
//! back, and it must be gone before a rollback makes the history end before it, or the history would grow past
//! its position again and lead somewhere else.
//!
//! The table's stores, and what a death right after each leaves:
//!
//! | store | a death right after it leaves |
//! |---|---|
//! | rows that lead nowhere are freed | the table without them: they counted for nothing |
//! | a row is freed, if none is free, as after a death in the row but one below | the table without its oldest name |
//! | name, sequence, position of the free row | a free row: its number is still 0 |
//! | its number | the new checkpoint; an older one of the same name counts for nothing, as the newest is meant |
//! | the older row of that name, or the oldest, is freed | the table as it is to be |
//! | (rollback) rows beyond the target are freed | those names gone, the rollback not begun |
//! | (rollback) the undo record is published | the older state, with the names that lead there |

use super::Region;
use crate::collections::Text;
use crate::fault::{self, Point};
use crate::layout::{CHECKPOINTS, Checkpoint, RegionHeader};
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};

/// A checkpoint that can be gone back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Checkpoints are numbered in the order in which they were taken.
    pub number: u64,
    /// Its name.
    pub name: Text<20>,
    /// Number of the newest commit that is in it.
    pub sequence: u64,
    /// Where the history ended then.
    pub position: u64,
    /// Commits since, that going back would undo.
    pub commits: usize,
}

fn rows(header: &RegionHeader) -> [Checkpoint; CHECKPOINTS] {
    // SAFETY: only this process writes the table; a copy.
    unsafe { ptr::read_volatile(header.checkpoints.get()) }
}

fn row(header: &RegionHeader, index: usize) -> *mut Checkpoint {
    debug_assert!(index < CHECKPOINTS, "a row of the table");
    header.checkpoints.get().cast::<Checkpoint>().wrapping_add(index)
}

fn free(header: &RegionHeader, index: usize) {
    // SAFETY: a row of the table, which only this process writes.
    unsafe { ptr::write_volatile(&raw mut (*row(header, index)).number, 0) };
    compiler_fence(Ordering::SeqCst);
}

/// Removes the checkpoints beyond `position`.
pub(super) fn remove_newer(header: &RegionHeader, position: u64) {
    remove(header, |row| row.position > position);
}

/// Removes all checkpoints.
pub(super) fn remove_all(header: &RegionHeader) {
    remove(header, |_| true);
}

fn remove(header: &RegionHeader, is_void: impl Fn(&Checkpoint) -> bool) {
    for (index, row) in rows(header).iter().enumerate() {
        if row.number != 0 && is_void(row) {
            free(header, index);
        }
    }
}

impl Region {
    /// The checkpoints that can be gone back to, newest first; each name once.
    pub fn checkpoints(&self) -> impl Iterator<Item = Named> + use<> {
        let mut rows = rows(self.header());
        rows.sort_unstable_by_key(|row| core::cmp::Reverse(row.number));
        let mut found = [None; CHECKPOINTS];
        for (count, row) in rows.iter().filter(|row| row.number != 0).enumerate() {
            let known = found.iter().flatten().any(|named: &Named| named.name == row.name);
            if let Some(commits) = self.history().steps_back_to(row.position).filter(|_| !known) {
                let Checkpoint { number, name, sequence, position } = *row;
                found[count] = Some(Named { number, name, sequence, position, commits });
            }
        }
        found.into_iter().flatten()
    }

    /// Gives the committed state a name.
    pub fn checkpoint(&self, name: Text<20>) {
        let header = self.header();
        remove(header, |row| self.checkpoints().all(|named| named.number != row.number));
        let by_age = |row: &(usize, Checkpoint)| row.1.number;
        // A free row, or else the oldest.
        let Some((index, _)) = rows(header).into_iter().enumerate().min_by_key(by_age) else { return };
        free(header, index);
        let newest = rows(header).iter().map(|row| row.number).max().unwrap_or(0);
        // SAFETY: a free row, which only this process writes.
        unsafe {
            let row = row(header, index);
            ptr::write_volatile(&raw mut (*row).name, name);
            ptr::write_volatile(&raw mut (*row).sequence, header.applied.load(Ordering::Relaxed));
            ptr::write_volatile(&raw mut (*row).position, header.history_head.load(Ordering::Relaxed));
            compiler_fence(Ordering::SeqCst);
            fault::point(Point::CheckpointWritten);
            ptr::write_volatile(&raw mut (*row).number, newest + 1);
            compiler_fence(Ordering::SeqCst);
        }
        fault::point(Point::CheckpointTaken);
        remove(header, |row| row.name == name && row.number <= newest);
        if rows(header).iter().all(|row| row.number != 0)
            && let Some((oldest, _)) = rows(header).into_iter().enumerate().min_by_key(by_age)
        {
            free(header, oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::testing;
    use crate::state::FieldInfo;

    static FIELDS: [FieldInfo; 1] = [FieldInfo::of::<u64>("count", "u64", 0)];

    fn with_region(test: impl FnOnce(&Region)) {
        testing::with_region(&FIELDS, |region| {
            region.recover();
            test(region);
        });
    }

    fn commit(region: &Region, stamp: u32) {
        testing::set(region, stamp, u64::from(stamp), |_| ()).unwrap();
    }

    fn take(region: &Region, name: &str) {
        region.checkpoint(Text::truncated(name));
    }

    fn names(region: &Region) -> Vec<String> {
        region.checkpoints().map(|named| named.name.to_string()).collect()
    }

    fn rows_of(region: &Region) -> [Checkpoint; CHECKPOINTS] {
        rows(region.header())
    }

    fn put(region: &Region, index: usize, checkpoint: Checkpoint) {
        // SAFETY: a row of the table.
        unsafe { ptr::write(row(region.header(), index), checkpoint) };
    }

    #[test]
    fn the_newest_three_names_are_kept_and_one_row_stays_free() {
        with_region(|region| {
            for (stamp, name) in (1..).zip(["a", "b", "c", "b", "d", "e"]) {
                commit(region, stamp);
                take(region, name);
                assert!(rows_of(region).iter().any(|row| row.number == 0));
            }
            assert_eq!(names(region), ["e", "d", "b"]);
        });
    }

    #[test]
    fn a_death_at_any_store_leaves_the_old_table_or_the_new() {
        with_region(|region| {
            for (stamp, name) in (1..).zip(["a", "b", "c"]) {
                commit(region, stamp);
                take(region, name);
            }
            let before = rows_of(region);
            commit(region, 4);
            let free = before.iter().position(|row| row.number == 0).unwrap();
            // Before its number is stored, a row is none, whatever stands in it.
            let whole = Checkpoint {
                number: 4,
                sequence: 4,
                position: region.header().history_head.load(Ordering::Relaxed),
                name: Text::truncated("c"),
            };
            put(region, free, Checkpoint { number: 0, ..whole });
            assert_eq!(names(region), ["c", "b", "a"]);
            assert_eq!(region.checkpoints().next().unwrap().commits, 1);
            // After that it is the one that the name means, although the older one is still there.
            put(region, free, whole);
            assert_eq!(names(region), ["c", "b", "a"]);
            assert_eq!(region.checkpoints().next().unwrap().commits, 0);
            // The next one goes on from there, and costs the oldest name alone.
            take(region, "d");
            assert_eq!(names(region), ["d", "c", "b"]);
        });
    }

    #[test]
    fn a_row_that_leads_nowhere_is_none() {
        with_region(|region| {
            for stamp in 1..=3 {
                commit(region, stamp);
            }
            take(region, "a");
            let index = rows_of(region).iter().position(|row| row.number != 0).unwrap();
            let sound = rows_of(region)[index];
            let entry = sound.position / 3;
            for position in [1, entry - 1, entry + 16, sound.position + entry, u64::MAX] {
                put(region, index, Checkpoint { position, ..sound });
                assert_eq!(names(region), [""; 0], "{position}");
            }
            put(region, index, Checkpoint { position: entry, ..sound });
            assert_eq!(region.checkpoints().next().unwrap().commits, 2);
        });
    }

    #[test]
    fn a_damaged_history_is_not_undone() {
        with_region(|region| {
            commit(region, 1);
            let before = region.image_bytes().to_vec();
            // The offset of the entry's item, behind its head: into the header.
            let item = region.layout().history_at + 32;
            // SAFETY: inside the history.
            unsafe { ptr::write_unaligned(region.alias().add(item).cast::<u64>(), 8) };
            assert_eq!(region.rollback(1), 0);
            assert_eq!(region.image_bytes(), before);
            assert_eq!(region.header().published.load(Ordering::Relaxed), 1);
        });
    }
}
