//! [`Buffer`]: a large row of bytes.

mod area;
mod pieces;

use super::CollectionError;
use super::cells::Cells;
use crate::commit::{Entry, GRAIN, Overrun};
use crate::state::{Field, Place, Shape};
use area::Area;
use core::ops::{Bound, Range, RangeBounds};
use zerocopy::TryFromBytes;

pub use pieces::Pieces;

/// Up to `BYTES` bytes; empty at first. What a `Vec<u8>` is used for whose length rarely changes and of which parts
/// are rewritten: frames, files, what a C library makes.
///
/// A change goes into the record in whole grains of 256 bytes. [`fill`](Self::fill) lends the room in the record
/// itself, so that whoever makes the bytes writes them there, and nobody copies them until they are committed.
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Camera { frame: Buffer<4096> }
///
/// let mut camera = Scratch::<Camera>::new();
/// camera.update(|s| {
///     s.frame.extend_from_slice(b"P5 ")?;
///     // As a C function would that is given a pointer and a size, and says how much it wrote.
///     let made = s.frame.fill(3..1000, |room| {
///         room[..5].copy_from_slice(b"16 16");
///         5
///     })?;
///     assert_eq!(made, 5);
///     s.frame.write(1, b"6")
/// }).unwrap();
/// let frame = camera.state().frame.get(..).unwrap();
/// assert_eq!(frame.contiguous(), Some(&b"P6 16 16"[..]));
/// ```
#[repr(C)]
pub struct Buffer<const BYTES: usize, Tail: ?Sized = [()]> {
    header: Cells,
    area: Area<BYTES>,
    tail: Tail,
}

impl<const BYTES: usize> Buffer<BYTES> {
    /// Most bytes there can be, `BYTES`.
    pub const fn capacity(&self) -> usize {
        BYTES
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        // More can only be there while a damaged image is looked at.
        (self.header.load::<u64>(0)).min(BYTES as u64) as usize
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another byte.
    pub fn is_full(&self) -> bool {
        self.len() == BYTES
    }

    fn set_len(&mut self, len: usize) -> Result<(), CollectionError> {
        Ok(self.header.set(0, &(len as u64))?)
    }

    /// The bytes in `range`, as the slices in which they lie; `None` where it is not inside `0..len()`.
    pub fn get(&self, range: impl RangeBounds<usize>) -> Option<Pieces<'_, BYTES>> {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.checked_add(1)?,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(end) => end.checked_add(1)?,
            Bound::Excluded(end) => *end,
            Bound::Unbounded => len,
        };
        (start <= end && end <= len).then(|| Pieces::new(&self.area, start..end))
    }

    /// Copies the bytes from `at` on into `into`, all of it.
    ///
    /// # Errors
    /// [`CollectionError::OutOfRange`] when there are not that many.
    pub fn read(&self, at: usize, into: &mut [u8]) -> Result<(), CollectionError> {
        let end = at.checked_add(into.len());
        let pieces = end.and_then(|end| self.get(at..end)).ok_or(self.out_of_range(end))?;
        let mut done = 0;
        for piece in pieces {
            into[done..done + piece.len()].copy_from_slice(piece);
            done += piece.len();
        }
        Ok(())
    }

    /// The bytes, one by one.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        Pieces::new(&self.area, 0..self.len()).flatten().copied()
    }

    fn out_of_range(&self, index: Option<usize>) -> CollectionError {
        CollectionError::OutOfRange { index: index.unwrap_or(usize::MAX), len: self.len() }
    }

    /// Whether a range may be written: it must leave no gap behind the bytes there are.
    fn room(&self, start: usize, end: Option<usize>) -> Result<usize, CollectionError> {
        match end {
            _ if start > self.len() => Err(self.out_of_range(Some(start))),
            Some(end) if end <= BYTES => Ok(end),
            _ => Err(CollectionError::Full),
        }
    }

    /// Replaces the bytes from `at` on; what goes beyond those there are is added.
    ///
    /// # Errors
    /// [`CollectionError`] when `at` is behind the last byte, or the buffer or the record has no room.
    pub fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), CollectionError> {
        let end = self.room(at, at.checked_add(bytes.len()))?;
        self.area.write(at, bytes)?;
        if end > self.len() { self.set_len(end) } else { Ok(()) }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`CollectionError`] when the buffer or the record has no room.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), CollectionError> {
        self.write(self.len(), bytes)
    }

    /// Lends the room in the record for the bytes in `range` to `fill`, which returns how many of them, counted from
    /// the first, it has written; the others stay as they are. What is in the room before is anything.
    ///
    /// As much of the range as lies behind the bytes there are adds to them. Returns how many bytes were written.
    /// Each call takes room in the record for all that is filled, even where something was written before; room that
    /// is not used is given back, if nothing else was written meanwhile. Fills of the same 256 bytes in one change are
    /// looked through one by one, so thousands of them are better one.
    ///
    /// The room is the record's. A C library that keeps the pointer and writes to it after this call writes into what
    /// is to be committed next, which is refused as [`Failure::Rejected`](crate::Failure::Rejected) where it is
    /// noticed.
    ///
    /// # Errors
    /// [`CollectionError`] when the range begins behind the last byte, or the buffer or the record has no room; then
    /// `fill` is not called. A range that ends before it begins is empty.
    pub fn fill(
        &mut self,
        range: Range<usize>,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, CollectionError> {
        self.room(range.start, Some(range.end))?;
        if range.is_empty() {
            fill(&mut []);
            return Ok(0);
        }
        let filled = self.area.fill(range.clone(), fill)?;
        if range.start + filled > self.len() {
            self.set_len(range.start + filled)?;
        }
        Ok(filled)
    }

    /// Drops all bytes from `len` on; does nothing if there are no more than that.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn truncate(&mut self, len: usize) -> Result<(), CollectionError> {
        if len < self.len() { self.set_len(len) } else { Ok(()) }
    }

    /// Drops all bytes, at the price of one write. They stay in memory until others take their place.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn clear(&mut self) -> Result<(), CollectionError> {
        self.truncate(0)
    }
}

/// Adds as many bytes as there is room for; errors are of the record only.
impl<const BYTES: usize> std::io::Write for Buffer<BYTES> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let len = bytes.len().min(BYTES - self.len());
        let done = self.extend_from_slice(&bytes[..len]);
        done.map(|()| len).map_err(|_| std::io::ErrorKind::OutOfMemory.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How many bytes there are, and the first of them: all would fill the screen.
impl<const BYTES: usize> core::fmt::Debug for Buffer<BYTES> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let first = Pieces::new(&self.area, 0..self.len().min(16));
        f.debug_struct("Buffer").field("len", &self.len()).field("first", &first).finish_non_exhaustive()
    }
}

// SAFETY: any bytes are valid; they are written in whole grains, as extents, and the header as one cell.
#[diagnostic::do_not_recommend]
unsafe impl<const BYTES: usize> Field for Buffer<BYTES> {
    type Image = area::Image<BYTES>;
    type Cell = Buffer<BYTES, [(); 0]>;
    const SHAPE: Shape = Shape::Area { data: Area::<BYTES>::DATA };
    const LARGEST: usize = Entry::most(GRAIN) + Entry::most(size_of::<u64>());

    fn bind(place: Place) -> Self::Cell {
        Buffer { header: Cells::at(place), area: Area::at(place), tail: [] }
    }
    fn begin(_: &mut Self::Cell) {}
    fn lend(cell: &mut Self::Cell) -> &mut Self {
        cell
    }
    fn share(cell: &Self::Cell) -> &Self {
        cell
    }
    fn gather(_: &mut Self::Cell) -> Result<(), Overrun> {
        Ok(())
    }
    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        if offset == 0 {
            return bytes.len() == size_of::<u64>() && Self::check_image(bytes);
        }
        let Some(at) = offset.checked_sub(Area::<BYTES>::DATA) else { return false };
        let whole =
            at.is_multiple_of(GRAIN) && (bytes.len().is_multiple_of(GRAIN) || at + bytes.len() == BYTES);
        whole && !bytes.is_empty() && bytes.len() <= BYTES.saturating_sub(at)
    }
    fn check_image(image: &[u8]) -> bool {
        u64::try_read_from_prefix(image).is_ok_and(|(len, _)| len <= BYTES as u64)
    }
}
