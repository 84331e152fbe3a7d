//! The history: a ring of the bytes that commits replaced, newest last, for rollback.
//!
//! ```text
//! head (32) | item | item | … | foot (16)          item: 16-byte head | old bytes padded to 16
//! ```
//! The last items are positions of ring ends that the commit has moved: where they were before. No rollback takes them
//! back; they say which messages the undone commits were about (`discarded.rs`).
//!
//! An undo entry is written before its commit is published and becomes part of the history when the record
//! is applied, because the new end of the ring travels in the record. So a crash at any point leaves the
//! history either without the entry, or with all of it.

use super::Rejected;
use super::area::Area;
use super::bytes;
use super::record::{Entries, Entry, Kind};
use crate::layout::RegionHeader;
use crate::state::FieldInfo;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};

const HEAD: usize = 32;
const FOOT: usize = 16;

/// What an undo entry undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undo {
    pub(super) sequence: u64,
    pub(super) len: usize,
    pub(super) start: u64,
}

impl Undo {
    /// Where the entry behind it begins.
    pub(super) fn end(&self) -> u64 {
        self.start + (HEAD + self.len + FOOT) as u64
    }
}

pub(super) struct History<'a> {
    header: &'a RegionHeader,
    region: *const u8,
    ring: *mut u8,
    size: usize,
    fields: &'static [FieldInfo],
    /// A logical position at which the ring's start lies, near those in use: saves divisions.
    turn: &'a Cell<u64>,
}

impl<'a> History<'a> {
    pub(super) fn new(
        header: &'a RegionHeader,
        region: *const u8,
        ring: (*mut u8, usize),
        fields: &'static [FieldInfo],
        turn: &'a Cell<u64>,
    ) -> Self {
        Self { header, region, ring: ring.0, size: ring.1, fields, turn }
    }

    /// Where the logical position `at` lies in the ring.
    #[inline]
    fn offset(&self, at: u64) -> usize {
        let size = self.size as u64;
        let ahead = at.wrapping_sub(self.turn.get());
        if ahead < size {
            ahead as usize
        } else if ahead < 2 * size {
            (ahead - size) as usize
        } else {
            self.turn.set(at - at % size);
            (at % size) as usize
        }
    }

    fn put(&self, at: u64, from: *const u8, len: usize) {
        let start = self.offset(at);
        let first = len.min(self.size - start);
        // SAFETY: both halves lie inside the ring; the source is the image, the journal or a local.
        unsafe {
            ptr::copy_nonoverlapping(from, self.ring.add(start), first);
            ptr::copy_nonoverlapping(from.add(first), self.ring, len - first);
        }
    }

    pub(super) fn get(&self, at: u64, to: *mut u8, len: usize) {
        let start = self.offset(at);
        let first = len.min(self.size - start);
        // SAFETY: both halves lie inside the ring; the target is the journal or a local.
        unsafe {
            ptr::copy_nonoverlapping(self.ring.add(start), to, first);
            ptr::copy_nonoverlapping(self.ring, to.add(first), len - first);
        }
    }

    fn words(&self, at: u64) -> [u64; 2] {
        // SAFETY: positions are multiples of 16, as is the ring's size, so both words lie inside.
        unsafe { ptr::read_unaligned(self.ring.add(self.offset(at)).cast()) }
    }

    /// Writes the undo entry for the entries at `body`, with positions from `writes` to `len`, behind the end of
    /// the ring; drops the oldest entries to make room. Returns the end of the ring for the record.
    ///
    /// # Errors
    /// [`Rejected`] where an entry is no possible one: something else wrote into the journal. This is the last look at
    /// it before it is published.
    #[inline]
    pub(super) fn append(&self, body: *const u8, writes: usize, len: usize) -> Result<u64, Rejected> {
        let head = self.header.history_head.load(Ordering::Relaxed);
        let mut tail = self.header.history_tail.load(Ordering::Relaxed);
        // Old bytes take no more room than new ones with their padding.
        let bound = (HEAD + FOOT + len) as u64;
        if bound > self.size as u64 {
            // The budget check rules this out; without room there is no undo, and older undo is void too. The end
            // of the ring stays where it is although the state changes: no checkpoint may stand there.
            // SAFETY: the journal holds `writes` bytes that nobody changes now.
            for entry in unsafe { Entries::new(body, writes) } {
                Area::of(self.fields, &entry.ok_or(Rejected::Malformed)?)?;
            }
            super::checkpoint::remove_all(self.header);
            self.header.history_tail.store(head, Ordering::Release);
            return Ok(head);
        }
        while head + bound - tail > self.size as u64 {
            let frame @ [_, len] = self.words(tail);
            // The history may be damaged: an entry that cannot be voids all of it. The foot tells a length that was
            // written over, which would lead into the middle of another entry, and from there anywhere.
            if !is_length(len) || len > head - tail || self.words(tail + len - FOOT as u64) != frame {
                tail = head;
                break;
            }
            tail += len;
        }
        self.header.history_tail.store(tail, Ordering::Release);
        // What is dropped counts as dropped before it is overwritten.
        compiler_fence(Ordering::SeqCst);
        let sequence = self.header.published.load(Ordering::Relaxed) + 1;
        let start = self.offset(head);
        if start + bound as usize <= self.size {
            // SAFETY: the whole entry lies inside the ring.
            unsafe { self.append_whole(self.ring.add(start), body, (writes, len), sequence) }
                .map(|len| head + len as u64)
        } else {
            self.append_wrapping(head, body, (writes, len), sequence)
        }
    }

    /// The committed position of a ring end.
    pub(super) fn position(&self, field: u8) -> u64 {
        self.header.positions.get(usize::from(field)).map_or(0, |position| position.load(Ordering::Relaxed))
    }

    /// Writes an undo entry at `to`; returns its length, 0 where there is nothing to undo.
    ///
    /// # Safety
    /// The ring must go on long enough behind `to`.
    #[inline(never)]
    unsafe fn append_whole(
        &self,
        to: *mut u8,
        body: *const u8,
        (writes, len): (usize, usize),
        sequence: u64,
    ) -> Result<usize, Rejected> {
        let mut at = HEAD;
        // Most entries are of the same field as the one before.
        let mut area = Area::NONE;
        // SAFETY: the journal holds `writes` bytes that nobody changes now; the entry takes no more room than the
        // caller made sure of; what is copied into it lies in the region, by `area`.
        unsafe {
            for entry in Entries::new(body, writes) {
                let entry = entry.ok_or(Rejected::Malformed)?;
                if !area.is_of(&entry) {
                    area = Area::of(self.fields, &entry)?;
                }
                if !area.undone {
                    continue;
                }
                bytes::copy(body.add(entry.head), to.add(at), Entry::HEAD);
                bytes::copy(self.region.add(entry.offset as usize), to.add(at + Entry::HEAD), entry.len);
                at += Entry::HEAD + entry.len.next_multiple_of(16);
            }
            if at == HEAD {
                return Ok(0);
            }
            for entry in Entries::new(body.add(writes), len - writes).flatten() {
                Entry::put_head(to, at, Kind::Position, entry.field, self.position(entry.field), 0);
                at += Entry::HEAD;
            }
            let len = at + FOOT;
            to.cast::<[u64; 4]>().write([sequence, len as u64, 0, 0]);
            to.add(at).cast::<[u64; 2]>().write([sequence, len as u64]);
            Ok(len)
        }
    }

    /// Writes an undo entry across the end of the ring; returns the ring's new end.
    #[cold]
    fn append_wrapping(
        &self,
        head: u64,
        body: *const u8,
        (writes, len): (usize, usize),
        sequence: u64,
    ) -> Result<u64, Rejected> {
        let mut at = head + HEAD as u64;
        // SAFETY: the journal holds `writes` bytes that nobody changes now.
        for entry in unsafe { Entries::new(body, writes) } {
            let entry = entry.ok_or(Rejected::Malformed)?;
            if !Area::of(self.fields, &entry)?.undone {
                continue;
            }
            let mut item = [0_u8; Entry::HEAD];
            // SAFETY: a local of the size of a head.
            unsafe {
                Entry::put_head(item.as_mut_ptr(), 0, entry.kind, entry.field, entry.offset, entry.len);
            };
            self.put(at, item.as_ptr(), Entry::HEAD);
            self.put(at + Entry::HEAD as u64, self.region.wrapping_add(entry.offset as usize), entry.len);
            at += (Entry::HEAD + entry.len.next_multiple_of(16)) as u64;
        }
        if at == head + HEAD as u64 {
            return Ok(head);
        }
        // SAFETY: as above; the positions follow the writes.
        for entry in unsafe { Entries::new(body.add(writes), len - writes) }.flatten() {
            let mut item = [0_u8; Entry::HEAD];
            // SAFETY: a local of the size of a head.
            unsafe {
                let position = self.position(entry.field);
                Entry::put_head(item.as_mut_ptr(), 0, Kind::Position, entry.field, position, 0);
            };
            self.put(at, item.as_ptr(), Entry::HEAD);
            at += Entry::HEAD as u64;
        }
        let end = at + FOOT as u64;
        let words = [sequence, end - head, 0, 0];
        self.put(head, words.as_ptr().cast(), HEAD);
        let foot = [sequence, end - head];
        self.put(at, foot.as_ptr().cast(), FOOT);
        Ok(end)
    }

    /// The newest undo entry that ends at `head`.
    pub(super) fn newest(&self, head: u64) -> Option<Undo> {
        let tail = self.header.history_tail.load(Ordering::Relaxed);
        if head < tail + (HEAD + FOOT) as u64 {
            return None;
        }
        let [sequence, len] = self.words(head - FOOT as u64);
        let start = head.checked_sub(len).filter(|_| is_length(len))?;
        let body = usize::try_from(len).ok()?.checked_sub(HEAD + FOOT)?;
        (start >= tail && self.words(start) == [sequence, len]).then_some(Undo { sequence, len: body, start })
    }

    /// How many entries lie between the end of the ring and `position`, if the history leads back to there.
    pub(super) fn steps_back_to(&self, position: u64) -> Option<usize> {
        let mut at = self.header.history_head.load(Ordering::Relaxed);
        let mut steps = 0;
        while at > position {
            at = self.newest(at)?.start;
            steps += 1;
        }
        (at == position && position >= self.header.history_tail.load(Ordering::Relaxed)).then_some(steps)
    }

    /// The position that `steps` entries lead back to, or as many as there are; and how many that is.
    pub(super) fn back(&self, steps: usize) -> (u64, usize) {
        let mut at = self.header.history_head.load(Ordering::Relaxed);
        let mut taken = 0;
        while taken < steps
            && let Some(undo) = self.newest(at)
        {
            at = undo.start;
            taken += 1;
        }
        (at, taken)
    }

    /// The undo entry that begins at `start` and has been undone: nothing was appended since, so that it is there still.
    pub(super) fn undone(&self, start: u64) -> Option<Undo> {
        let [sequence, len] = self.words(start);
        let body = usize::try_from(len).ok()?.checked_sub(HEAD + FOOT)?;
        (is_length(len)
            && len <= self.size as u64
            && self.words(start + len - FOOT as u64) == [sequence, len])
        .then_some(Undo { sequence, len: body, start })
    }

    /// Walks the items of `undo`, calling `each(field, offset, logical position of the old bytes, length)` for those
    /// that are bytes.
    pub(super) fn items(&self, undo: Undo, mut each: impl FnMut(u8, u64, u64, usize)) {
        self.all_items(undo, |kind, field, offset, at, len| {
            if kind != Kind::Position {
                each(field, offset, at, len);
            }
        });
    }

    /// As [`items`](Self::items), with the kind, and with positions.
    pub(super) fn all_items(&self, undo: Undo, mut each: impl FnMut(Kind, u8, u64, u64, usize)) {
        let mut at = undo.start + HEAD as u64;
        let end = at + undo.len as u64;
        while at < end {
            let mut head = [0_u8; Entry::HEAD];
            self.get(at, head.as_mut_ptr(), Entry::HEAD);
            // SAFETY: a local of the size of a head.
            let (offset, len, kind, field) = unsafe { Entry::head(head.as_ptr()) };
            each(Kind::of(kind), field, offset, at + Entry::HEAD as u64, len);
            at += (Entry::HEAD + len.next_multiple_of(16)) as u64;
        }
    }
}

/// Whether an entry can be so long. One that is shorter than its frame would let a walk stand still, one of odd length
/// lead it where no words lie.
fn is_length(len: u64) -> bool {
    len.is_multiple_of(16) && len >= (HEAD + FOOT) as u64
}

#[cfg(test)]
mod tests;
