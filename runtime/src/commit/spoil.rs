//! Deaths and damage for [`Scratch`](crate::state::Scratch): nothing in a tree calls this.

use super::record::{Entries, Header, Kind};
use super::{Region, bytes};
use crate::layout::IMAGE;
use core::ptr;
use core::sync::atomic::Ordering;

impl Region {
    /// Bytes of entries in the newest record.
    pub fn newest_len(&self) -> usize {
        self.record().len as usize
    }

    /// Makes the region what a process leaves that dies while it applies the commit after `sequence`: the end of
    /// the image is `old` still.
    pub fn tear(&self, sequence: u64, old: &[u8]) {
        let header = self.header();
        header.lock.store(header.lock.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
        header.applied.store(sequence, Ordering::Relaxed);
        let Some(at) = self.layout().image.checked_sub(old.len()) else { return };
        // SAFETY: the last bytes of the image, which only this process writes, and of no reference: tests hold
        // none while they call this.
        unsafe { ptr::copy_nonoverlapping(old.as_ptr(), self.alias().add(IMAGE + at), old.len()) };
    }

    /// Has `damage` change the payloads of the record in the journal; what the gate for transactions would not
    /// let pass is put back. Returns the record's new header.
    pub fn spoil(&self, record: Header, damage: &mut dyn FnMut(&mut [u8])) -> Header {
        // SAFETY: the record was just written there; only payloads change during the walk, not heads.
        for entry in unsafe { Entries::new(self.body(), record.len as usize) }.flatten() {
            let Some(field) = self.fields().get(usize::from(entry.field)) else { continue };
            if entry.kind == Kind::Position {
                continue;
            }
            // SAFETY: a payload lies inside the journal, which nobody else uses.
            let payload = unsafe { core::slice::from_raw_parts_mut(self.body().add(entry.at), entry.len) };
            let sound = payload.to_vec();
            damage(payload);
            if !(field.check_write)(entry.offset as usize - IMAGE - field.offset, payload) {
                payload.copy_from_slice(&sound);
            }
        }
        // SAFETY: the entries lie inside the journal.
        let entries = unsafe { core::slice::from_raw_parts(self.body(), record.len as usize) };
        Header { entries_crc: bytes::checksum(entries), ..record }
    }
}
