//! Extents: writes of whole grains of a byte area, whose room in the record is there before their bytes are.
//!
//! Other writes are known by their exact range. Extents may overlap: a grain is what the newest extent over it
//! says, which is also what stays when all of them are applied in order. So each extent is in the index once for
//! every grain, and a search goes on until it has seen all that may contain the grain.

use super::{Kind, LINEAR, Log, Overrun, hash, mark};
use crate::commit::record::Entry;
use core::ptr;

/// Size of a grain in bytes. Smaller ones would make the index of a large extent cost as much as its bytes, larger
/// ones the change of a single byte.
pub const GRAIN: usize = 256;

/// Room in the record for an extent that nobody can see yet.
#[derive(Clone, Copy)]
pub struct Reserved {
    /// Where its entry begins.
    pub at: usize,
    /// Where its bytes go. They are initialised memory, whatever they are.
    pub payload: *mut u8,
}

impl Log {
    /// Whether no write and no extent can be found.
    pub fn is_untouched(&self) -> bool {
        self.filter.get() == 0
    }

    /// Makes room for `len` bytes that are to replace what is at `offset`. Until they are there, and
    /// [`publish`](Self::publish) was called, the area they belong to must not be searched further than `before` this
    /// entry.
    ///
    /// # Errors
    /// [`Overrun`] when it does not fit; from then on the record cannot be committed.
    pub fn reserve(&self, field: usize, offset: usize, len: usize) -> Result<Reserved, Overrun> {
        let (at, payload) = self.room(Kind::Extent, field, offset as u64, len)?;
        Ok(Reserved { at, payload })
    }

    /// Gives the room of the entry at `at` back but for the first `len` bytes of payload; of all of it if that is 0.
    /// Only the newest entry's can be given back: false where it is another.
    pub fn shorten(&self, at: usize, len: usize) -> bool {
        let (offset, size, payload) = self.entry(at);
        let last = at + Entry::space(at, size) == self.len.get();
        // Where the payload lies depends on its length.
        let stays = len <= size && payload == at + Entry::HEAD + Entry::padding(at, len);
        if !last || len != 0 && !stays {
            return false;
        }
        if len == 0 {
            self.len.set(at);
            return true;
        }
        let body = self.body();
        // SAFETY: the head of an entry of this log.
        unsafe {
            let (_, _, _, field) = Entry::head(body.add(at));
            Entry::put_head(body, at, Kind::Extent, field, offset, len);
        }
        self.len.set(at + Entry::space(at, len));
        true
    }

    /// Has searches find the extent at `at`.
    pub fn publish(&self, at: usize) {
        let (offset, len, _) = self.entry(at);
        for grain in (0..len).step_by(GRAIN) {
            self.filter.set(self.filter.get() | mark(offset + grain as u64));
        }
        self.count.set(self.count.get() + 1);
        if self.count.get() > LINEAR {
            self.index(at, usize::MAX);
        }
    }

    /// Enters the entry at `at` in the index, at `slot` if that is one; an extent under each of its grains.
    pub(super) fn enter_all(&self, at: usize, slot: usize) {
        let (offset, len, _) = self.entry(at);
        if !self.is_extent(at) {
            return self.enter(at, offset, slot);
        }
        for grain in (0..len).step_by(GRAIN) {
            self.enter(at, offset + grain as u64, usize::MAX);
        }
    }

    fn is_extent(&self, at: usize) -> bool {
        // SAFETY: the head of an entry of this log.
        let (_, _, kind, _) = unsafe { Entry::head(self.body().add(at)) };
        Kind::is_extent(kind)
    }

    /// The bytes at `offset..offset + len`, which lie in one grain, in the extent at `at` if that contains them.
    fn inside(&self, at: usize, offset: u64, len: usize) -> Option<*mut u8> {
        let (there, size, payload) = self.entry(at);
        let from = usize::try_from(offset.checked_sub(there)?).ok()?;
        let fits = self.is_extent(at) && from.checked_add(len)? <= size && payload + size <= self.len.get();
        // SAFETY: the payload lies inside the record, and the bytes inside the payload.
        fits.then(|| unsafe { self.body().add(payload + from) })
    }

    /// The bytes at `offset..offset + len`, which begin a grain and lie in it, in the newest extent over them that
    /// begins in the record before `before`.
    pub fn newest(&self, offset: usize, len: usize, before: usize) -> Option<*mut u8> {
        let offset = offset as u64;
        if self.filter.get() & mark(offset) == 0 {
            return None;
        }
        let mut newest = None;
        if self.count.get() <= LINEAR {
            let mut at = 0;
            while at < self.len.get().min(before) {
                newest = self.inside(at, offset, len).or(newest);
                at += Entry::space(at, self.entry(at).1);
            }
            return newest;
        }
        let space = self.space.get();
        let (mut slot, mut best) = (hash(offset) & (space.index_len - 1), 0);
        for _ in 0..space.index_len {
            // SAFETY: `slot < index_len`.
            let word = unsafe { ptr::read(space.index.add(slot)) };
            if (word >> 32) as u32 != self.stamp.get() {
                break;
            }
            let at = word as u32 as usize;
            // A word that a predecessor in this slot forged must not lead outside the record.
            let possible = at.is_multiple_of(16) && at < self.len.get().min(before) && at >= best;
            if possible && let Some(bytes) = self.inside(at, offset, len) {
                (newest, best) = (Some(bytes), at);
            }
            slot = (slot + 1) & (space.index_len - 1);
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::{Space, index_words};

    const SIZE: usize = 1 << 16;
    /// Grains of the area, and where it begins.
    const GRAINS: usize = 12;
    const AREA: usize = 4096;

    /// A cache line: a row of them is aligned as a journal is.
    #[derive(Clone)]
    #[repr(C, align(64))]
    struct Line([u8; 64]);

    /// Which extent each grain is in, as a search tells: extents are filled with their number.
    fn seen(log: &Log, before: usize) -> [u8; GRAINS] {
        core::array::from_fn(|grain| {
            log.newest(AREA + grain * GRAIN, GRAIN, before).map_or(0, |bytes| {
                // SAFETY: a grain in the record.
                let bytes = unsafe { core::slice::from_raw_parts(bytes, GRAIN) };
                assert!(bytes.iter().all(|byte| *byte == bytes[0]));
                bytes[0]
            })
        })
    }

    #[test]
    fn the_newest_extent_over_a_grain_is_found_however_many_there_are() {
        let mut room = vec![Line([0; 64]); SIZE / 64];
        let mut index = vec![0_u64; index_words(SIZE)];
        let space = Space {
            record: room.as_mut_ptr().cast(),
            record_len: SIZE,
            index: index.as_mut_ptr(),
            index_len: index.len(),
        };
        let log = Log::closed();
        // SAFETY: the space is as large as it says, and of this thread alone.
        unsafe { log.open(space, 1, ptr::null()) };
        let (mut model, mut past) = ([0; GRAINS], Vec::new());
        for number in 1..60_usize {
            let first = number * 7 % GRAINS;
            let grains = (1 + number % 5).min(GRAINS - first);
            past.push((log.len(), model));
            let extent = log.reserve(1, AREA + first * GRAIN, grains * GRAIN).unwrap();
            // SAFETY: the room that was reserved.
            unsafe { ptr::write_bytes(extent.payload, number as u8, grains * GRAIN) };
            // Other writes in between, of which one makes the log go over to its index.
            log.write(0, number * 8, &[0xee; 8]).unwrap();
            log.publish(extent.at);
            model[first..first + grains].fill(number as u8);
            assert_eq!(seen(&log, usize::MAX), model, "extent {number}");
        }
        for (before, model) in past {
            assert_eq!(seen(&log, before), model);
        }
        let header = log.seal().unwrap();
        let adopted = Log::closed();
        // SAFETY: as above; the log that wrote the record is not used any more.
        assert!(unsafe { adopted.adopt(space, 2, &header) });
        assert_eq!(seen(&adopted, usize::MAX), model);
    }

    #[test]
    fn only_the_newest_entry_can_give_room_back() {
        let mut room = vec![Line([0; 64]); SIZE / 64];
        let space = Space {
            record: room.as_mut_ptr().cast(),
            record_len: SIZE,
            index: ptr::null_mut(),
            index_len: 0,
        };
        let log = Log::closed();
        // SAFETY: the space is as large as it says, and of this thread alone; a few writes need no index.
        unsafe { log.open(space, 1, ptr::null()) };
        let first = log.reserve(1, AREA, 4 * GRAIN).unwrap();
        let full = log.len();
        assert!(log.shorten(first.at, 2 * GRAIN));
        assert_eq!(log.len(), full - 2 * GRAIN);
        assert!(!log.shorten(first.at, 16), "its payload would lie elsewhere");
        let second = log.reserve(1, AREA + 4 * GRAIN, GRAIN).unwrap();
        assert!(!log.shorten(first.at, GRAIN) && !log.shorten(first.at, 0), "something follows");
        assert!(log.shorten(second.at, 0) && log.shorten(first.at, 0));
        assert!(log.is_empty() && !log.overrun());
        assert!(log.reserve(1, AREA, SIZE).is_err() && log.overrun());
    }
}
