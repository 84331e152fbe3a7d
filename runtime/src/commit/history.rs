//! The history: a ring of the bytes that commits replaced, newest last, for rollback.
//!
//! ```text
//! head (32) | item | item | … | foot (16)          item: 16-byte head | old bytes padded to 16
//! ```
//! An undo entry is written before its commit is published and becomes part of the history when the record
//! is applied, because the new end of the ring travels in the record. So a crash at any point leaves the
//! history either without the entry, or with all of it.

use super::record::{Entries, Entry};
use crate::layout::RegionHeader;
use crate::state::FieldInfo;
use core::ptr;
use core::sync::atomic::{Ordering, fence};

const HEAD: usize = 32;
const FOOT: usize = 16;

/// What an undo entry undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undo {
    pub(super) sequence: u64,
    pub(super) len: usize,
    pub(super) start: u64,
}

pub(super) struct History<'a> {
    header: &'a RegionHeader,
    region: *const u8,
    ring: *mut u8,
    size: usize,
    fields: &'static [FieldInfo],
}

impl<'a> History<'a> {
    pub(super) fn new(
        header: &'a RegionHeader,
        region: *const u8,
        ring: *mut u8,
        size: usize,
        fields: &'static [FieldInfo],
    ) -> Self {
        Self { header, region, ring, size, fields }
    }

    fn put(&self, at: u64, from: *const u8, len: usize) {
        let start = (at % self.size as u64) as usize;
        let first = len.min(self.size - start);
        // SAFETY: both halves lie inside the ring; the source is the image, the journal or a local.
        unsafe {
            ptr::copy_nonoverlapping(from, self.ring.add(start), first);
            ptr::copy_nonoverlapping(from.add(first), self.ring, len - first);
        }
    }

    pub(super) fn get(&self, at: u64, to: *mut u8, len: usize) {
        let start = (at % self.size as u64) as usize;
        let first = len.min(self.size - start);
        // SAFETY: both halves lie inside the ring; the target is the journal or a local.
        unsafe {
            ptr::copy_nonoverlapping(self.ring.add(start), to, first);
            ptr::copy_nonoverlapping(self.ring, to.add(first), len - first);
        }
    }

    fn words(&self, at: u64) -> [u64; 2] {
        let mut words = [0; 2];
        self.get(at, words.as_mut_ptr().cast(), 16);
        words
    }

    /// Writes the undo entry for the entries at `body`, up to where the positions begin, behind the end of
    /// the ring; drops the oldest entries to make room. Returns the end of the ring for the record.
    pub(super) fn append(&self, body: *const u8, writes: usize) -> u64 {
        let head = self.header.history_head.load(Ordering::Relaxed);
        let mut tail = self.header.history_tail.load(Ordering::Relaxed);
        // Old bytes take no more room than new ones with their padding.
        let bound = (HEAD + FOOT + writes) as u64;
        if bound > self.size as u64 {
            // The budget check rules this out; without room there is no undo, and older undo is void too.
            self.header.history_tail.store(head, Ordering::Release);
            return head;
        }
        while head + bound - tail > self.size as u64 {
            let len = self.words(tail)[1];
            if len == 0 || tail + len > head {
                tail = head;
                break;
            }
            tail += len;
        }
        self.header.history_tail.store(tail, Ordering::Release);
        // What the tail has given up may only be overwritten once that can be seen.
        fence(Ordering::SeqCst);
        let mut at = head + HEAD as u64;
        // SAFETY: the journal holds `writes` bytes of verified entries that nobody changes now.
        for entry in unsafe { Entries::new(body, writes) }.flatten() {
            // What a ring holds belongs to its positions, and those are never taken back.
            if self.fields.get(usize::from(entry.field)).is_some_and(|field| field.ring().is_some()) {
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
            return head;
        }
        let end = at + FOOT as u64;
        let sequence = self.header.published.load(Ordering::Relaxed) + 1;
        let words = [sequence, end - head, 0, 0];
        self.put(head, words.as_ptr().cast(), HEAD);
        let foot = [sequence, end - head];
        self.put(at, foot.as_ptr().cast(), FOOT);
        end
    }

    /// The newest undo entry that ends at `head`.
    pub(super) fn newest(&self, head: u64) -> Option<Undo> {
        let tail = self.header.history_tail.load(Ordering::Relaxed);
        if head < tail + (HEAD + FOOT) as u64 {
            return None;
        }
        let [sequence, len] = self.words(head - FOOT as u64);
        let start = head.checked_sub(len)?;
        (start >= tail && self.words(start) == [sequence, len]).then_some(Undo {
            sequence,
            len: len as usize - HEAD - FOOT,
            start,
        })
    }

    /// Walks the items of `undo`, calling `each(field, offset, logical position of the old bytes, length)`.
    pub(super) fn items(&self, undo: Undo, mut each: impl FnMut(u8, u64, u64, usize)) {
        let mut at = undo.start + HEAD as u64;
        let end = at + undo.len as u64;
        while at < end {
            let mut head = [0_u8; Entry::HEAD];
            self.get(at, head.as_mut_ptr(), Entry::HEAD);
            let offset = u64::from_le_bytes(head[..8].try_into().unwrap_or_default());
            let len = u32::from_le_bytes(head[8..12].try_into().unwrap_or_default()) as usize;
            each(head[13], offset, at + Entry::HEAD as u64, len);
            at += (Entry::HEAD + len.next_multiple_of(16)) as u64;
        }
    }
}
