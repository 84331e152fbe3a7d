//! The log: where collections and plain fields put their writes until the commit.
//!
//! It writes a redo record straight into its final place, the daemon's journal or a transaction's slot, so
//! that nothing is gathered twice. Reads find earlier writes through an index, a hash table with open
//! addressing whose words carry a stamp: a new record gets a new stamp, and so starts with an empty index
//! at no cost. The first few writes need no index at all.

mod adopt;
mod extent;
mod fill;

pub use extent::{GRAIN, Reserved};

use super::bytes;
use super::record::{Entry, Header, Kind, RECORD_HEADER, RECORD_MAGIC};
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};

/// The record is full: `record` bytes are the most that one commit may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change is larger than `record` allows: raise `record` in #[daemon] or commit in smaller steps")]
pub struct Overrun;

/// Words of index for a record of `record` bytes: at least two for each entry that fits, a power of two.
pub const fn index_words(record: usize) -> usize {
    (record / 32 * 2).next_power_of_two()
}

/// Up to this many writes are found by looking through them.
const LINEAR: u32 = 16;

/// Memory for one record and its index.
#[derive(Clone, Copy)]
pub struct Space {
    /// Start of the record, 64-aligned.
    pub record: *mut u8,
    /// Size of the record, header included.
    pub record_len: usize,
    /// Start of the index.
    pub index: *mut u64,
    /// Words of index, a power of two.
    pub index_len: usize,
}

impl Space {
    /// No room at all.
    pub const NONE: Self =
        Self { record: ptr::null_mut(), record_len: 0, index: ptr::null_mut(), index_len: 0 };
}

/// A record in the making. Not `Sync`: one thread writes.
pub struct Log {
    space: Cell<Space>,
    stamp: Cell<u32>,
    len: Cell<usize>,
    count: Cell<u32>,
    /// A bit for each write, by [`mark`]: most ranges that were not written are told apart by it alone.
    filter: Cell<u64>,
    overrun: Cell<bool>,
    /// Where to note which consumers' messages are handled.
    touched: Cell<*const AtomicU64>,
    /// Fields whose position moves, and to where: they are entered last, behind all writes.
    moving: Cell<u64>,
    positions: [Cell<u64>; 64],
}

impl Log {
    /// A log without room, as long as nothing is open.
    pub const fn closed() -> Self {
        Self {
            space: Cell::new(Space::NONE),
            stamp: Cell::new(0),
            len: Cell::new(0),
            count: Cell::new(0),
            filter: Cell::new(0),
            overrun: Cell::new(false),
            touched: Cell::new(ptr::null()),
            moving: Cell::new(0),
            positions: [const { Cell::new(0) }; 64],
        }
    }

    /// Starts a record in `space`. `stamp` is not zero and tells this record's index words from older ones; one
    /// that comes again makes searches longer and no more, since a word is believed only if its entry fits.
    ///
    /// # Safety
    /// `space` must be writable by this process alone, sized as it says and aligned, until the log is closed;
    /// `touched` must be null or writable as long.
    #[inline]
    pub unsafe fn open(&self, space: Space, stamp: u32, touched: *const AtomicU64) {
        self.touched.set(touched);
        self.space.set(space);
        self.stamp.set(stamp);
        self.len.set(0);
        self.count.set(0);
        self.filter.set(0);
        self.moving.set(0);
        self.overrun.set(false);
    }

    /// Forgets the record; reads see what is committed.
    #[inline]
    pub fn close(&self) {
        self.space.set(Space::NONE);
        self.touched.set(ptr::null());
        self.len.set(0);
        self.count.set(0);
        self.filter.set(0);
        self.moving.set(0);
    }

    /// Notes that the next message of consumer `field` is being handled.
    pub fn touch(&self, field: usize) {
        let word = self.touched.get();
        if !word.is_null() && field < 64 {
            // SAFETY: writable while the log is open, by the contract of `open`.
            unsafe { &*word }.fetch_or(1 << field, Ordering::Release);
        }
    }

    /// Whether something did not fit.
    pub fn overrun(&self) -> bool {
        self.overrun.get()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0 && self.moving.get() == 0
    }

    /// Bytes of entries.
    pub fn len(&self) -> usize {
        self.len.get()
    }

    fn body(&self) -> *mut u8 {
        self.space.get().record.wrapping_add(RECORD_HEADER)
    }

    fn entry(&self, at: usize) -> (u64, usize, usize) {
        // SAFETY: `at` is the start of an entry that this log has written, so the head lies inside.
        let (offset, len, _, _) = unsafe { Entry::head(self.body().add(at)) };
        (offset, len, at + Entry::HEAD + Entry::padding(at, len))
    }

    /// The bytes of an earlier write of exactly this range.
    #[inline]
    pub fn find(&self, _field: usize, offset: usize, len: usize) -> Option<*const u8> {
        if self.filter.get() & mark(offset as u64) == 0 {
            return None;
        }
        self.locate(offset as u64, len).ok().map(<*mut u8>::cast_const)
    }

    /// The payload of an earlier write of exactly this range, or where in the index it is to be entered.
    fn locate(&self, offset: u64, len: usize) -> Result<*mut u8, usize> {
        if self.count.get() <= LINEAR {
            let mut at = 0;
            while at < self.len.get() {
                let (there, size, payload) = self.entry(at);
                if there == offset && size == len {
                    // SAFETY: the payload of an entry of this log.
                    return Ok(unsafe { self.body().add(payload) });
                }
                at += Entry::space(at, size);
            }
            return Err(usize::MAX);
        }
        let space = self.space.get();
        let mut slot = hash(offset) & (space.index_len - 1);
        for _ in 0..space.index_len {
            // SAFETY: `slot < index_len`.
            let word = unsafe { ptr::read(space.index.add(slot)) };
            if (word >> 32) as u32 != self.stamp.get() {
                return Err(slot);
            }
            let at = word as u32 as usize;
            // A word that a predecessor in this slot forged must not lead outside the record.
            if at.is_multiple_of(16) && at < self.len.get() {
                let (there, size, payload) = self.entry(at);
                if there == offset && size == len && payload + size <= self.len.get() {
                    // SAFETY: inside the record by the check above.
                    return Ok(unsafe { self.body().add(payload) });
                }
            }
            slot = (slot + 1) & (space.index_len - 1);
        }
        Err(usize::MAX)
    }

    /// Enters the entry at `at` in the index under `offset`, at `slot` if that is one.
    fn enter(&self, at: usize, offset: u64, slot: usize) {
        let space = self.space.get();
        let word = u64::from(self.stamp.get()) << 32 | at as u64;
        if slot < space.index_len {
            // SAFETY: inside the index.
            unsafe { ptr::write(space.index.add(slot), word) };
            return;
        }
        let mut slot = hash(offset) & (space.index_len - 1);
        for _ in 0..space.index_len {
            // SAFETY: `slot < index_len`.
            unsafe {
                if (ptr::read(space.index.add(slot)) >> 32) as u32 != self.stamp.get() {
                    ptr::write(space.index.add(slot), word);
                    return;
                }
            }
            slot = (slot + 1) & (space.index_len - 1);
        }
    }

    /// Logs a write, replacing an earlier one of exactly the same range.
    ///
    /// # Errors
    /// [`Overrun`] when it does not fit; from then on the record cannot be committed.
    #[inline]
    pub fn write(&self, field: usize, offset: usize, bytes: &[u8]) -> Result<(), Overrun> {
        let mark = mark(offset as u64);
        let mut slot = usize::MAX;
        if self.filter.get() & mark != 0 {
            match self.locate(offset as u64, bytes.len()) {
                Ok(earlier) => {
                    // SAFETY: the earlier payload has the same length; `bytes` may be that payload, hence `copy`.
                    unsafe { ptr::copy(bytes.as_ptr(), earlier, bytes.len()) };
                    return Ok(());
                }
                Err(free) => slot = free,
            }
        }
        let at = self.append(Kind::Write, field, offset as u64, bytes)?;
        self.entered(at, mark, slot);
        Ok(())
    }

    /// The write at `at` is complete.
    #[inline]
    fn entered(&self, at: usize, mark: u64, slot: usize) {
        self.filter.set(self.filter.get() | mark);
        self.count.set(self.count.get() + 1);
        if self.count.get() > LINEAR {
            self.index(at, slot);
        }
    }

    /// Enters the entry at `at`, and all there are once they are too many to look through.
    fn index(&self, at: usize, slot: usize) {
        if self.count.get() > LINEAR + 1 {
            return self.enter_all(at, slot);
        }
        // What was written while an extent was being filled lies behind it.
        let mut earlier = 0;
        while earlier < self.len.get() {
            self.enter_all(earlier, usize::MAX);
            let (_, len, _) = self.entry(earlier);
            earlier += Entry::space(earlier, len);
        }
    }

    /// Where ring end `field` moves to, if it does.
    pub fn moves_to(&self, field: usize) -> Option<u64> {
        let moves = field < 64 && self.moving.get() & 1 << field != 0;
        self.positions.get(field).filter(|_| moves).map(Cell::get)
    }

    /// Notes a ring position.
    pub fn advance(&self, field: usize, value: u64) {
        if let Some(position) = self.positions.get(field) {
            position.set(value);
            self.moving.set(self.moving.get() | 1 << field);
        }
    }

    #[inline]
    fn append(&self, kind: Kind, field: usize, offset: u64, bytes: &[u8]) -> Result<usize, Overrun> {
        let (at, payload) = self.room(kind, field, offset, bytes.len())?;
        // SAFETY: the payload has room for that many bytes.
        unsafe { bytes::copy(bytes.as_ptr(), payload, bytes.len()) };
        Ok(at)
    }

    /// Makes room for an entry and writes its head; returns where it begins, and its payload.
    #[inline]
    fn room(&self, kind: Kind, field: usize, offset: u64, len: usize) -> Result<(usize, *mut u8), Overrun> {
        let at = self.len.get();
        let end = at + Entry::space(at, len);
        if end + RECORD_HEADER > self.space.get().record_len {
            self.overrun.set(true);
            return Err(Overrun);
        }
        let body = self.body();
        self.len.set(end);
        // SAFETY: head, padding and payload lie before `end`, which lies inside the record by the check above.
        unsafe {
            Entry::put_head(body, at, kind, field as u8, offset, len);
            Ok((at, body.add(at + Entry::HEAD + Entry::padding(at, len))))
        }
    }

    /// Completes the record: enters the positions. Returns the header's part that the writer of a record
    /// knows, which is length and checksum of the entries; the header itself is not written.
    ///
    /// # Errors
    /// [`Overrun`] when anything did not fit.
    #[inline]
    pub fn seal(&self) -> Result<Header, Overrun> {
        let positions_at = self.len.get();
        let mut moving = self.moving.get();
        while moving != 0 {
            let field = moving.trailing_zeros() as usize;
            moving &= moving - 1;
            self.append(Kind::Position, field, self.positions[field].get(), &[])?;
        }
        if self.overrun.get() || self.space.get().record_len < RECORD_HEADER {
            return Err(Overrun);
        }
        let len = self.len.get();
        // Padding is whatever lay there before; the checksum covers it all the same, which costs less than
        // leaving it out.
        // SAFETY: the first `len` bytes behind the header belong to the space, which nobody else writes.
        let entries = unsafe { core::slice::from_raw_parts(self.body(), len) };
        Ok(Header {
            magic: RECORD_MAGIC,
            len: len as u32,
            positions_at: positions_at as u32,
            entries_crc: bytes::checksum(entries),
            ..Header::default()
        })
    }

    /// Completes the record and writes its header, for another process to take over.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn hand_over(&self) -> Result<(), Overrun> {
        let header = self.seal()?;
        // SAFETY: the space holds at least a header, or `seal` would have failed.
        unsafe { ptr::write(self.space.get().record.cast(), header) };
        Ok(())
    }
}

/// The bit of an offset in the filter.
fn mark(offset: u64) -> u64 {
    1 << (offset.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

/// Fibonacci hashing (Knuth, TAOCP 6.4) of an offset.
fn hash(offset: u64) -> usize {
    (offset.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
}
