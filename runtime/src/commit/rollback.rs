//! Rollback and reset: how a region gets to an older state, or to the initial one.
//!
//! A rollback is a row of commits, each of which undoes one, so that a death on the way leaves a state that was
//! once committed. Peers can read the states in between, so each of these commits opens an epoch of its own: who has
//! read one of them learns that it was undone, whoever goes on with the rollback and however much later. A reset
//! announces itself, and recovery finishes it.

use super::area::Area;
use super::record::{Entry, Header, Kind, RECORD_HEADER, RECORD_MAGIC};
use super::{Region, bytes, checkpoint};
use crate::layout::{IMAGE, RegionHeader, UNHEARD, WAS_RESET};
use crate::protocol::Reset;
use crate::state::Shape;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};

impl Region {
    /// Undoes the newest `commits` commits that the history holds. What ring ends hold stays, with their positions;
    /// commits that changed nothing else are passed over.
    /// Returns how many were undone.
    pub fn rollback(&self, commits: usize) -> usize {
        self.rollback_to(self.position_back(commits))
    }

    /// Undoes commits until the history ends at `target` or before, or holds no more.
    /// Returns how many were undone.
    pub fn rollback_to(&self, target: u64) -> usize {
        let mut undone = 0;
        while self.header().history_head.load(Ordering::Relaxed) > target && self.undo_newest() {
            undone += 1;
        }
        undone
    }

    /// Where the history ends after `commits` have been undone, or as many as it holds.
    pub fn position_back(&self, commits: usize) -> u64 {
        self.history().back(commits).0
    }

    /// Commits that can be undone.
    pub fn undoable(&self) -> usize {
        self.history().back(usize::MAX).1
    }

    /// Counts resets, and commits that were undone.
    pub fn epoch(&self) -> u64 {
        self.header().epoch.load(Ordering::Relaxed)
    }

    /// Undoes the newest commit; false if the history holds none, or nothing that could be right.
    fn undo_newest(&self) -> bool {
        let history = self.history();
        let Some(undo) = history.newest(self.header().history_head.load(Ordering::Acquire)) else {
            return false;
        };
        let limit = self.layout().record - RECORD_HEADER;
        let mut at = 0;
        let mut sound = true;
        history.items(undo, |field, offset, old, len| {
            let end = at + Entry::space(at, len);
            // The history is not checksummed: what could not have been committed was written over it.
            sound = sound && end <= limit && Area::at(self.fields(), field, offset, len).is_some();
            if !sound {
                return;
            }
            // SAFETY: head, padding and payload end before `limit`, inside the journal.
            unsafe {
                Entry::put_head(self.body(), at, Kind::Write, field, offset, len);
                history.get(old, self.body().add(at + Entry::HEAD + Entry::padding(at, len)), len);
            }
            at = end;
        });
        if !sound {
            log::error!("the history is damaged: what it holds can not be undone");
            return false;
        }
        // SAFETY: the entries lie inside the journal.
        let entries = unsafe { core::slice::from_raw_parts(self.body(), at) };
        // A checkpoint beyond the end of the history must not be there when the history grows again.
        checkpoint::remove_newer(self.header(), undo.start);
        let record = self.publish(Header {
            magic: RECORD_MAGIC,
            len: at as u32,
            positions_at: at as u32,
            entries_crc: bytes::checksum(entries),
            history_head: undo.start,
            epoch: self.epoch() + 1,
            ..Header::default()
        });
        self.apply(&record);
        true
    }

    /// Has the next incarnation told of its peers as if they had been rolled back: what the owner has made of what it
    /// heard of them may be undone from here on.
    pub fn unhear(&self) {
        for heard in &self.header().heard {
            heard.epoch.store(UNHEARD, Ordering::Release);
        }
    }

    pub(super) fn resetting(&self) -> Reset<'_, AtomicU64> {
        let RegionHeader { lock, epoch, applied, resetting, ladder, .. } = self.header();
        Reset { lock, epoch, applied, resetting, told: ladder, mark: WAS_RESET }
    }

    /// The first step of a reset: from here on recovery completes it.
    pub fn announce_reset(&self) {
        self.resetting().announce();
    }

    /// Makes every field all-zero except sound ring ends, whose messages stay, forgets the answers, notes in the
    /// ladder's word that the program is to be told, and opens the new epoch.
    pub fn finish_reset(&self) {
        self.resetting().finish(|| self.clear());
    }

    fn clear(&self) {
        let header = self.header();
        self.unhear();
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
        checkpoint::remove_all(header);
        header.history_tail.store(header.history_head.load(Ordering::Relaxed), Ordering::Release);
    }
}
