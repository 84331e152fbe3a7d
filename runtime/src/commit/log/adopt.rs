//! A log that shows a record which somebody else has written: a transaction's, once it was copied and verified.

use super::super::record::{Entries, Header, Kind};
use super::{LINEAR, Log, Space, mark};
use core::ptr;

impl Log {
    /// Shows the verified record in `space` as if it had been written here, so that reads see what it will change;
    /// nothing more can be written. False where it writes a range twice, which no log does: reads would find the
    /// first of both, and the commit keep the last.
    ///
    /// # Safety
    /// As for [`open`](Self::open); the record must have passed `verify`, and `record` be its header.
    pub unsafe fn adopt(&self, space: Space, stamp: u32, record: &Header) -> bool {
        // SAFETY: the caller's contract.
        unsafe { self.open(space, stamp, ptr::null()) };
        // SAFETY: verified entries, in memory that nobody else writes.
        let mut entries = unsafe { Entries::new(self.body(), record.len as usize) };
        loop {
            let at = entries.at();
            let Some(Some(entry)) = entries.next() else { return true };
            match entry.kind {
                Kind::Write => {
                    let Err(slot) = self.locate(entry.offset, entry.len) else { return false };
                    self.len.set(entries.at());
                    self.filter.set(self.filter.get() | mark(entry.offset));
                    self.count.set(self.count.get() + 1);
                    if self.count.get() > LINEAR {
                        self.index(at, slot);
                    }
                }
                Kind::Extent => {
                    self.len.set(entries.at());
                    self.publish(at);
                }
                Kind::Position => self.advance(usize::from(entry.field), entry.offset),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::index_words;

    /// Two times the room for a record, aligned as a journal is.
    #[repr(C, align(64))]
    struct Room([u8; 2 * SIZE]);
    const SIZE: usize = 4096;

    fn with_record(offsets: &[usize], test: impl FnOnce(Space, &Header)) {
        let mut room = Room([0; 2 * SIZE]);
        let mut index = vec![0_u64; index_words(SIZE)];
        let space = Space {
            record: room.0.as_mut_ptr(),
            record_len: SIZE,
            index: index.as_mut_ptr(),
            index_len: index.len(),
        };
        let log = Log::closed();
        // SAFETY: the space is as large as it says, and of this thread alone.
        unsafe { log.open(space, 1, ptr::null()) };
        for (at, offset) in offsets.iter().enumerate() {
            log.write(0, *offset, &(at as u64).to_le_bytes()).unwrap();
        }
        log.advance(3, 77);
        let header = log.seal().unwrap();
        test(space, &header);
    }

    #[test]
    fn reads_find_what_the_record_will_change() {
        for count in [1, 5, 16, 17, 18, 60] {
            let offsets: Vec<usize> = (0..count).map(|n| 8 * (n * 7 % 97)).collect();
            with_record(&offsets, |space, header| {
                let log = Log::closed();
                // SAFETY: as above; the log that wrote the record is not used any more.
                assert!(unsafe { log.adopt(space, 2, header) });
                for (at, offset) in offsets.iter().enumerate() {
                    let found = log.find(0, *offset, 8).expect("it was written");
                    // SAFETY: the payload of an entry of eight bytes.
                    let value = unsafe { ptr::read_unaligned(found.cast::<u64>()) };
                    assert_eq!(value, at as u64, "{count} entries");
                }
                assert!(log.find(0, 8 * 98, 8).is_none());
                assert_eq!((log.moves_to(3), log.moves_to(4)), (Some(77), None));
            });
        }
    }

    #[test]
    fn a_record_that_writes_a_range_twice_is_refused() {
        for count in [2, 30] {
            let offsets: Vec<usize> = (0..count).map(|n| 8 * n).collect();
            with_record(&offsets, |space, header| {
                // The last entry's head: eight bytes of offset come first.
                let last = space.record.wrapping_add(crate::commit::RECORD_HEADER + 32 * (count - 1));
                // SAFETY: inside the record.
                unsafe { ptr::write_unaligned(last.cast::<u64>(), 0) };
                let log = Log::closed();
                // SAFETY: as above.
                assert!(!unsafe { log.adopt(space, 2, header) }, "{count} entries");
            });
        }
    }
}
