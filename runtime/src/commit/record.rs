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

/// Size of a record's header.
pub const RECORD_HEADER: usize = 64;

/// Marks a record.
pub const RECORD_MAGIC: u32 = u32::from_le_bytes(*b"rec1");

/// Payloads from this size on are aligned to 64.
const ALIGNED_FROM: usize = 256;

/// Where the field's number begins in the second word of an entry's head.
const FIELD_SHIFT: u32 = 40;

/// Bits of that word which are zero in a write of less than [`ALIGNED_FROM`] bytes: of the length, and of the kind.
const NO_SMALL_WRITE: u64 = (1 << FIELD_SHIFT) - ALIGNED_FROM as u64;

/// The header of a record.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// [`RECORD_MAGIC`].
    pub magic: u32,
    /// CRC-32C over the header from `epoch` on, continuing that of the entries.
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
    /// [`checksum`](bytes::checksum) of the entries, as the writer of the record computed it.
    pub entries_crc: u32,
    /// Zero.
    pub reserved: u32,
}

impl Header {
    /// The checksum that belongs into `crc`.
    #[inline]
    pub fn checksum(&self) -> u32 {
        let lengths = u64::from(self.len) | u64::from(self.positions_at) << 32;
        bytes::crc32c_words(self.entries_crc, [self.epoch, self.sequence, self.history_head, lengths])
    }

    /// Writes the header, without its checksum, field by field.
    ///
    /// # Safety
    /// `place` must be writable and aligned.
    #[inline]
    pub unsafe fn put(&self, place: *mut Self) {
        // SAFETY: the caller's contract.
        unsafe {
            (&raw mut (*place).magic).write(self.magic);
            (&raw mut (*place).epoch).write(self.epoch);
            (&raw mut (*place).sequence).write(self.sequence);
            (&raw mut (*place).history_head).write(self.history_head);
            (&raw mut (*place).len).write(self.len);
            (&raw mut (*place).positions_at).write(self.positions_at);
            (&raw mut (*place).entries_crc).write(self.entries_crc);
            (&raw mut (*place).reserved).write(0);
        }
    }
}

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Replaces bytes.
    Write,
    /// Replaces whole grains of a byte area; of several extents over the same grain the last counts.
    Extent,
    /// Sets a ring end's position, given in the offset.
    Position,
}

impl Kind {
    /// How the kind is written.
    const fn number(self) -> u8 {
        match self {
            Self::Write => 0,
            Self::Position => 1,
            Self::Extent => 2,
        }
    }

    /// The kind of an item of the history, which only this module has written.
    pub(super) const fn of(number: u8) -> Self {
        match number {
            1 => Self::Position,
            2 => Self::Extent,
            _ => Self::Write,
        }
    }

    /// Whether this is the number of an extent.
    pub const fn is_extent(number: u8) -> bool {
        number == Self::Extent.number()
    }
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
    /// Where its head starts among the entries.
    pub head: usize,
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
    pub const fn padding(at: usize, len: usize) -> usize {
        if len < ALIGNED_FROM { 0 } else { (at + Self::HEAD).next_multiple_of(64) - (at + Self::HEAD) }
    }

    /// The most bytes that an entry with `len` bytes of payload takes, wherever it lies.
    pub const fn most(len: usize) -> usize {
        Self::HEAD + 48 + crate::konst::round_up(len, 16)
    }

    /// Bytes that an entry at `at` with `len` bytes of payload takes.
    pub const fn space(at: usize, len: usize) -> usize {
        (Self::HEAD + Self::padding(at, len) + len).next_multiple_of(16)
    }

    /// Writes the head of an entry.
    ///
    /// # Safety
    /// `body` must be writable for `at + 16` bytes.
    #[inline]
    pub unsafe fn put_head(body: *mut u8, at: usize, kind: Kind, field: u8, offset: u64, len: usize) {
        let rest = len as u32 as u64 | u64::from(kind.number()) << 32 | u64::from(field) << FIELD_SHIFT;
        // SAFETY: in bounds by the caller's contract.
        unsafe { body.add(at).cast::<[u64; 2]>().write_unaligned([offset.to_le(), rest.to_le()]) };
    }

    /// What [`put_head`](Self::put_head) wrote: offset, length, number of the kind, field.
    ///
    /// # Safety
    /// `head` must be readable for 16 bytes.
    #[inline]
    pub unsafe fn head(head: *const u8) -> (u64, usize, u8, u8) {
        // SAFETY: the caller's contract.
        let (offset, rest) = unsafe { Self::words(head) };
        (offset, rest as u32 as usize, (rest >> 32) as u8, (rest >> FIELD_SHIFT) as u8)
    }

    /// Offset, and the rest of a head.
    ///
    /// # Safety
    /// `head` must be readable for 16 bytes.
    #[inline]
    unsafe fn words(head: *const u8) -> (u64, u64) {
        // Read as it was written: a load that spans two stores would have to wait for both.
        // SAFETY: the caller's contract.
        unsafe {
            let words = head.cast::<u64>();
            (u64::from_le(words.read_unaligned()), u64::from_le(words.add(1).read_unaligned()))
        }
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
        let (at, left) = (self.at, self.len - self.at);
        if left >= Entry::HEAD {
            // SAFETY: the head ends before `len` by the check above.
            let (offset, rest) = unsafe { Entry::words(self.body.add(at)) };
            let len = rest as usize & (ALIGNED_FROM - 1);
            let space = Entry::space(at, len);
            // Nearly all entries are small writes: that is one comparison.
            if rest & NO_SMALL_WRITE == 0 && space <= left {
                self.at = at + space;
                let field = (rest >> FIELD_SHIFT) as u8;
                let payload = at + Entry::HEAD;
                return Some(Some(Entry { kind: Kind::Write, field, offset, head: at, at: payload, len }));
            }
        } else if left == 0 {
            return None;
        }
        // SAFETY: the contract of `new`.
        let found = unsafe { entry(self.body, at, left) };
        // A malformed entry ends the walk.
        self.at = found.map_or(self.len, |(_, space)| at + space);
        Some(found.map(|(entry, _)| entry))
    }
}

/// The entry at `at`, of any kind, and the bytes it takes, if it is a possible one within the `left` bytes there.
///
/// # Safety
/// `body` must be readable for `at + left` bytes.
#[inline(never)]
unsafe fn entry(body: *const u8, at: usize, left: usize) -> Option<(Entry, usize)> {
    if left < Entry::HEAD {
        return None;
    }
    // SAFETY: by the check above and the caller's contract.
    let (offset, len, kind, field) = unsafe { Entry::head(body.add(at)) };
    let kind = match kind {
        0 => Kind::Write,
        1 if len == 0 => Kind::Position,
        2 => Kind::Extent,
        _ => return None,
    };
    let space = Entry::space(at, len);
    let payload = at + Entry::HEAD + Entry::padding(at, len);
    let entry = Entry { kind, field, offset, head: at, at: payload, len };
    (space <= left).then_some((entry, space))
}
