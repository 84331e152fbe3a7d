//! The owner's side of a region: publish a record, apply it, and say how far that has come.
//!
//! The order of stores is the protocol. The record and the undo entry are complete before `published` is
//! stored: that store is the commit point. After it, every step can be repeated, and recovery repeats them.

use super::history::History;
use super::record::{Entries, Entry, Header, Kind, RECORD_HEADER};
use super::{Log, Overrun, Rejected, Space, bytes};
use crate::fault::{self, Point};
use crate::layout::{ANSWERS, Answer, IMAGE, Layout, RegionHeader};
use crate::protocol::{Numbers, Progress, positions};
use crate::state::FieldInfo;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering, compiler_fence};

/// A region as its owner has it: the writable alias, which user code never sees, and the mapping that
/// everybody reads.
pub struct Region {
    alias: *mut u8,
    view: *const u8,
    layout: Layout,
    fields: &'static [FieldInfo],
    turn: Cell<u64>,
}

impl Region {
    /// Takes possession of a region.
    ///
    /// # Safety
    /// `alias` and `view` must map the same `layout.region` bytes, writable and readable, page-aligned, for
    /// as long as the value lives; no other process may write them.
    pub unsafe fn new(alias: *mut u8, view: *const u8, layout: Layout, fields: &'static [FieldInfo]) -> Self {
        Self { alias, view, layout, fields, turn: Cell::new(0) }
    }

    /// The table of fields.
    pub fn fields(&self) -> &'static [FieldInfo] {
        self.fields
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The header, for its atomic words.
    pub fn header(&self) -> &RegionHeader {
        // SAFETY: the region begins with its header; all fields that change while shared are atomics or are
        // only touched through raw pointers.
        unsafe { &*self.alias.cast::<RegionHeader>() }
    }

    pub(super) fn progress(&self) -> Progress<'_, AtomicU64> {
        let RegionHeader { lock, epoch, published, applied, history_head, .. } = self.header();
        Progress { lock, epoch, published, applied, history_head }
    }

    /// The header as everybody sees it; unlike [`Region::header`] it is there in transactions too.
    pub fn seen(&self) -> *const RegionHeader {
        self.view.cast()
    }

    /// The writable alias; for this module's siblings.
    pub(crate) fn alias(&self) -> *mut u8 {
        self.alias
    }

    /// The committed image.
    pub fn image(&self) -> *const u8 {
        self.view.wrapping_add(IMAGE)
    }

    /// The committed image as bytes, whatever they are.
    pub fn image_bytes(&self) -> &[u8] {
        // SAFETY: the image lies in the view; nobody commits while it is borrowed.
        unsafe { core::slice::from_raw_parts(self.image(), self.layout.image) }
    }

    pub(super) fn history(&self) -> History<'_> {
        // SAFETY: the history lies inside the alias by the layout.
        let ring = unsafe { self.alias.add(self.layout.history_at) };
        History::new(self.header(), self.alias, (ring, self.layout.history), self.fields, &self.turn)
    }

    /// The journal with its index, for a [`Log`].
    pub fn journal(&self) -> Space {
        // SAFETY: both lie inside the alias by the layout.
        unsafe {
            Space {
                record: self.alias.add(self.layout.journal_at),
                record_len: self.layout.record,
                index: self.alias.add(self.layout.index_at).cast(),
                index_len: super::index_words(self.layout.record),
            }
        }
    }

    pub(super) fn record(&self) -> Header {
        // SAFETY: the journal begins with a header; any bytes are a valid `Header`.
        unsafe { ptr::read(self.alias.add(self.layout.journal_at).cast()) }
    }

    pub(super) fn body(&self) -> *mut u8 {
        self.alias.wrapping_add(self.layout.journal_at + RECORD_HEADER)
    }

    /// Commits the record in the journal, which `log` wrote there or [`Region::take`] copied there.
    /// Returns the fields whose position changed.
    ///
    /// # Errors
    /// [`Rejected`] where something else has written over the journal; nothing was committed.
    #[inline]
    pub fn commit(&self, record: Header) -> Result<u64, Rejected> {
        let (writes, len) = (record.positions_at as usize, record.len as usize);
        let history_head = self.history().append(self.body(), writes, len)?;
        fault::point(Point::CommitRecorded);
        let record = self.publish(Header {
            history_head,
            epoch: self.header().epoch.load(Ordering::Relaxed),
            ..record
        });
        Ok(self.apply(&record))
    }

    /// Makes the record in the journal the newest: the commit point. Returns its header, but for the checksum.
    #[inline]
    pub(super) fn publish(&self, record: Header) -> Header {
        self.progress().publish(|sequence| {
            let record = Header { sequence, ..record };
            let place = self.alias.wrapping_add(self.layout.journal_at).cast::<Header>();
            // SAFETY: the journal begins with a header and only the owner writes it.
            unsafe {
                record.put(place);
                ptr::write(&raw mut (*place).crc, record.checksum());
            }
            record
        })
    }

    /// Copies the published record, whose header is `record`, into the image, positions last. Idempotent.
    /// Returns the fields whose position changed.
    #[inline(never)]
    pub(super) fn apply(&self, record: &Header) -> u64 {
        let numbers =
            Numbers { sequence: record.sequence, epoch: record.epoch, history_head: record.history_head };
        let moved = self.progress().apply(numbers, || self.write(record));
        // The next record must not overwrite the journal before this one counts as applied.
        compiler_fence(Ordering::SeqCst);
        fault::point(Point::ApplyUnlocked);
        moved
    }

    #[inline]
    fn write(&self, record: &Header) -> u64 {
        let mut moved = 0;
        // SAFETY: the record lies in the journal and was verified: by its own writer for the daemon's
        // changes, by `verify` for a transaction's, by checksum for a replay.
        for entry in unsafe { Entries::new(self.body(), record.len as usize) }.flatten() {
            match entry.kind {
                Kind::Write | Kind::Extent => {
                    // SAFETY: verified to lie inside the image or the header's answers; the source lies in
                    // the journal, which does not overlap them.
                    unsafe {
                        bytes::copy(
                            self.body().add(entry.at),
                            self.alias.add(entry.offset as usize),
                            entry.len,
                        );
                    }
                    fault::point(Point::ApplyWritten);
                }
                Kind::Position => {
                    if let Some(position) = self.header().positions.get(usize::from(entry.field)) {
                        positions::advance(position, entry.offset);
                        moved |= 1 << entry.field;
                    }
                    fault::point(Point::ApplyMoved);
                }
            }
        }
        moved
    }

    /// Copies a transaction's record from its slot into the journal, so that it can be verified where the
    /// transaction cannot change it any more. `None` where its length cannot be right.
    ///
    /// # Safety
    /// `record` must be aligned to 64 and readable for `layout.record` bytes; it may change while it is copied.
    pub unsafe fn take(&self, record: *const u8) -> Option<Header> {
        // SAFETY: readable by contract; volatile because the other process may write at the same time, and
        // this one read is all that is ever looked at.
        let theirs: Header = unsafe { ptr::read_volatile(record.cast()) };
        let len = theirs.len as usize;
        if theirs.magic != super::record::RECORD_MAGIC || len > self.layout.record - RECORD_HEADER {
            return None;
        }
        // SAFETY: both lie inside their record areas by the check above and do not overlap. A transaction
        // that still writes can only make the copy fail its verification.
        unsafe { ptr::copy_nonoverlapping(record.add(RECORD_HEADER), self.body(), len) };
        Some(Header {
            magic: theirs.magic,
            len: theirs.len,
            positions_at: theirs.positions_at,
            entries_crc: theirs.entries_crc,
            ..Header::default()
        })
    }

    /// Adds the answer to a request to the record in the journal, in place of the oldest answer.
    ///
    /// # Errors
    /// [`Overrun`] when the record has no room for it.
    pub fn add_answer(&self, record: &mut Header, answer: &Answer) -> Result<(), Overrun> {
        let oldest = self.answers().iter().enumerate().min_by_key(|(_, a)| a.sequence).map_or(0, |(i, _)| i);
        let offset = core::mem::offset_of!(RegionHeader, answers) + oldest * size_of::<Answer>();
        // The answer goes before the positions, which must stay last.
        let at = record.positions_at as usize;
        let positions = record.len as usize - at;
        let space = Entry::space(at, size_of::<Answer>());
        if RECORD_HEADER + record.len as usize + space > self.layout.record {
            return Err(Overrun);
        }
        // SAFETY: all within the journal by the check above; position entries need no alignment beyond 16
        // and hold no payload, so they may be moved.
        unsafe {
            let body = self.body();
            ptr::copy(body.add(at), body.add(at + space), positions);
            Entry::put_head(body, at, Kind::Write, Entry::RUNTIME, offset as u64, size_of::<Answer>());
            let payload = body.add(at + Entry::HEAD + Entry::padding(at, size_of::<Answer>()));
            ptr::copy_nonoverlapping(ptr::from_ref(answer).cast(), payload, size_of::<Answer>());
        }
        record.positions_at += space as u32;
        record.len += space as u32;
        // SAFETY: the entries lie inside the journal.
        record.entries_crc =
            bytes::checksum(unsafe { core::slice::from_raw_parts(self.body(), record.len as usize) });
        Ok(())
    }

    fn answers(&self) -> &[Answer; ANSWERS] {
        // SAFETY: only this process writes them, in `apply` and `reset`, while nobody holds this reference:
        // its users copy what they need.
        unsafe { &*self.header().answers.get() }
    }

    /// The answer to request `id` of `task`, if it is still kept.
    pub fn answer(&self, task: u64, id: u64) -> Option<&Answer> {
        self.answers().iter().find(|a| a.sequence != 0 && a.task == task && a.id == id)
    }

    /// Opens `log` on the journal.
    ///
    /// # Safety
    /// The journal must not be in use, and `stamp` be fresh for its index; see [`Log::open`].
    #[inline]
    pub unsafe fn open(&self, log: &Log, stamp: u32) {
        // SAFETY: journal and header belong to the owner alone; the rest by the caller's contract.
        unsafe { log.open(self.journal(), stamp, &raw const self.header().attempting) };
    }
}
