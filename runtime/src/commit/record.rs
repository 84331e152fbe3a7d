//! The redo record: what changes, where, and a checksum over all of it.
//!
//! ```text
//! header (64 bytes) | entry | entry | …        entry: 16-byte head | padding | payload | padding to 16
//! ```
//! Offsets count from the start of the region, so a record means the same wherever the region is mapped.
//! Payloads of 256 bytes and more start at a multiple of 64: copies between addresses that differ by 16
//! modulo the page size are far slower than aligned ones. Smaller payloads are only 16-aligned, because
//! padding every eight-byte write to 64 would cost more than it saves.

use super::bytes;
use core::ptr;

/// Size of a record's header.
pub const RECORD_HEADER: usize = 64;

/// Marks a record.
pub const RECORD_MAGIC: u32 = u32::from_le_bytes(*b"rec1");

/// Payloads from this size on are aligned to 64.
const ALIGNED_FROM: usize = 256;

/// The header of a record.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// [`RECORD_MAGIC`].
    pub magic: u32,
    /// CRC-32C over the entries, continued over the header from `epoch` on.
    pub crc: u32,
    /// Epoch of the commit.
    pub epoch: u64,
    /// Sequence number of the commit.
    pub sequence: u64,
    /// Logical end of the history once this record is applied.
    pub history_head: u64,
    /// Bytes of entries.
    pub len: u32,
    /// Offset among the entries of the first position; positions come last.
    pub positions_at: u32,
    /// CRC-32C over the entries alone, as the writer of the record computed it.
    pub entries_crc: u32,
    /// Zero.
    pub reserved: u32,
}

impl Header {
    /// The checksum that belongs into `crc`.
    #[inline]
    pub fn checksum(&self) -> u32 {
        let mut words = [0; 32];
        words[..8].copy_from_slice(&self.epoch.to_le_bytes());
        words[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        words[16..24].copy_from_slice(&self.history_head.to_le_bytes());
        words[24..28].copy_from_slice(&self.len.to_le_bytes());
        words[28..32].copy_from_slice(&self.positions_at.to_le_bytes());
        bytes::crc32c(self.entries_crc, &words)
    }
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Replaces bytes.
    Write,
    /// Sets a ring end's position, given in the offset.
    Position,
}

/// One change, as found in a record.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub kind: Kind,
    /// Row of the field's table; [`Entry::RUNTIME`] for what the runtime itself keeps in the header.
    pub field: u8,
    /// Offset from the start of the region, or the position.
    pub offset: u64,
    /// Where the payload starts among the entries.
    pub at: usize,
    /// Bytes of payload.
    pub len: usize,
}

impl Entry {
    /// Field number of entries that belong to no field of the user's.
    pub const RUNTIME: u8 = 63;
    /// Size of an entry's head.
    pub const HEAD: usize = 16;

    /// Padding between the head at `at` and a payload of `len` bytes.
    pub fn padding(at: usize, len: usize) -> usize {
        if len < ALIGNED_FROM { 0 } else { (at + Self::HEAD).next_multiple_of(64) - (at + Self::HEAD) }
    }

    /// The most bytes that an entry with `len` bytes of payload takes, wherever it lies.
    pub const fn most(len: usize) -> usize {
        Self::HEAD + 48 + crate::konst::round_up(len, 16)
    }

    /// Bytes that an entry at `at` with `len` bytes of payload takes.
    pub fn space(at: usize, len: usize) -> usize {
        (Self::HEAD + Self::padding(at, len) + len).next_multiple_of(16)
    }

    /// Writes the head of an entry.
    ///
    /// # Safety
    /// `body` must be writable for `at + 16` bytes.
    pub unsafe fn put_head(body: *mut u8, at: usize, kind: Kind, field: u8, offset: u64, len: usize) {
        let mut head = [0; Self::HEAD];
        head[..8].copy_from_slice(&offset.to_le_bytes());
        head[8..12].copy_from_slice(&(len as u32).to_le_bytes());
        head[12] = u8::from(kind == Kind::Position);
        head[13] = field;
        // SAFETY: in bounds by the caller's contract.
        unsafe { ptr::copy_nonoverlapping(head.as_ptr(), body.add(at), Self::HEAD) };
    }
}

/// Walks the entries of a record; yields `None` in place of an entry that is malformed and then ends.
pub struct Entries {
    body: *const u8,
    len: usize,
    at: usize,
}

impl Entries {
    /// Walks `len` bytes of entries at `body`.
    ///
    /// # Safety
    /// `body` must be readable for `len` bytes and not change while the walk goes on.
    pub unsafe fn new(body: *const u8, len: usize) -> Self {
        Self { body, len, at: 0 }
    }

    /// Offset of the next entry.
    pub fn at(&self) -> usize {
        self.at
    }
}

impl Iterator for Entries {
    type Item = Option<Entry>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.len {
            return None;
        }
        let at = self.at;
        // A malformed entry ends the walk.
        self.at = self.len;
        if self.len - at < Entry::HEAD {
            return Some(None);
        }
        let mut head = [0_u8; Entry::HEAD];
        // SAFETY: `at + 16 <= len` by the check above.
        unsafe { ptr::copy_nonoverlapping(self.body.add(at), head.as_mut_ptr(), Entry::HEAD) };
        let offset = u64::from_le_bytes(head[..8].try_into().unwrap_or_default());
        let len = u32::from_le_bytes(head[8..12].try_into().unwrap_or_default()) as usize;
        let kind = match head[12] {
            0 => Kind::Write,
            1 if len == 0 => Kind::Position,
            _ => return Some(None),
        };
        let space = Entry::space(at, len);
        if space > self.len - at {
            return Some(None);
        }
        self.at = at + space;
        Some(Some(Entry {
            kind,
            field: head[13],
            offset,
            at: at + Entry::HEAD + Entry::padding(at, len),
            len,
        }))
    }
}
