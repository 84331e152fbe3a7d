//! The bytes of a buffer: an area that is written in extents of whole grains.
//!
//! What surrounds a write within its first and last grain is copied along, so that each grain is in the record as a
//! whole or not at all. Nothing else in a buffer touches memory.

use crate::commit::{GRAIN, Overrun, Reserved};
use crate::state::Place;
use core::mem::offset_of;
use core::ops::Range;
use core::ptr;
use zerocopy::{FromZeros, Immutable, KnownLayout};

/// The image of a buffer.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C)]
pub struct Image<const BYTES: usize> {
    /// Bytes in use.
    pub len: u64,
    bytes: Bytes<BYTES>,
}

/// Aligned as much as state can be: slow copies between addresses that differ by 16 are rarer then.
#[derive(FromZeros, KnownLayout, Immutable)]
#[repr(C, align(16))]
pub struct Bytes<const BYTES: usize>([u8; BYTES]);

/// The bytes at a place. All ranges lie inside `0..BYTES`.
pub struct Area<const BYTES: usize>(Place);

impl<const BYTES: usize> Area<BYTES> {
    pub const DATA: usize = offset_of!(Image<BYTES>, bytes);

    pub fn at(place: Place) -> Self {
        Self(place)
    }

    /// The whole grain that contains byte `at`.
    fn grain(at: usize) -> Range<usize> {
        let start = at - at % GRAIN;
        start..BYTES.min(start + GRAIN)
    }

    /// Where the byte `at` lies, and how many follow it in memory, itself included; seen as before the extent
    /// reserved at `before`.
    fn look(&self, at: usize, before: usize) -> Option<(*const u8, usize)> {
        if self.0.is_untouched() {
            return Some((self.0.committed().wrapping_add(Self::DATA + at), BYTES - at));
        }
        let grain = Self::grain(at);
        let start = self.0.read_grain(Self::DATA + grain.start, grain.len(), before)?;
        Some((start.wrapping_add(at - grain.start), grain.end - at))
    }

    /// The bytes from `at` up to `end` that lie together: at least those of one grain.
    pub fn piece(&self, at: usize, end: usize) -> &[u8] {
        let Some((start, mut len)) = self.look(at, usize::MAX).filter(|_| at < end && end <= BYTES) else {
            return &[];
        };
        while at + len < end
            && let Some((next, more)) = self.look(at + len, usize::MAX)
            && next == start.wrapping_add(len)
        {
            len += more;
        }
        // SAFETY: inside the image or one extent, grain by grain; two that follow each other in memory belong to the
        // same one, since heads lie between entries and none of them adjoins the image. Both keep still while `self`
        // is borrowed: writing takes `&mut self`, committing the handle that lent it.
        unsafe { core::slice::from_raw_parts(start, len.min(end - at)) }
    }

    /// Copies the bytes in `range`, seen as before the extent `reserved`, to their place in it; its payload begins
    /// with byte `first`.
    fn keep(&self, range: Range<usize>, reserved: &Reserved, first: usize) {
        let mut at = range.start;
        while at < range.end
            && let Some((from, len)) = self.look(at, reserved.at)
        {
            let len = len.min(range.end - at);
            // SAFETY: `range` lies inside the extent, which nobody sees yet; the source is the image or an earlier one.
            unsafe { ptr::copy_nonoverlapping(from, reserved.payload.add(at - first), len) };
            at += len;
        }
    }

    /// Replaces the bytes from `at` on.
    pub fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), Overrun> {
        let (mut at, mut bytes) = (at, bytes);
        while !bytes.is_empty() {
            let grain = Self::grain(at);
            let done = if let Some(own) = self.0.own_grain(Self::DATA + grain.start, grain.len()) {
                let len = bytes.len().min(grain.end - at);
                // SAFETY: inside the grain, which lies in an extent of this process's record.
                unsafe { ptr::copy(bytes.as_ptr(), own.add(at - grain.start), len) };
                len
            } else {
                self.write_new(at, bytes)?
            };
            (at, bytes) = (at + done, &bytes[done..]);
        }
        Ok(())
    }

    /// Writes as many of `bytes` as belong to grains that are not in the record yet, the first of which is not;
    /// returns how many.
    fn write_new(&mut self, at: usize, bytes: &[u8]) -> Result<usize, Overrun> {
        let first = Self::grain(at).start;
        let end = at + bytes.len();
        let mut until = Self::grain(at).end;
        while until < end {
            let grain = Self::grain(until);
            if self.0.own_grain(Self::DATA + grain.start, grain.len()).is_some() {
                break;
            }
            until = grain.end;
        }
        let end = end.min(until);
        let reserved = self.0.reserve(Self::DATA + first, until - first)?;
        self.keep(first..at, &reserved, first);
        // SAFETY: `at..end` lies inside the extent, which nobody sees yet.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), reserved.payload.add(at - first), end - at) };
        self.keep(end..until, &reserved, first);
        self.0.publish(&reserved);
        Ok(end - at)
    }

    /// Has `fill` write into the record what is to stand in `range`, which is not empty; only as many bytes as it
    /// returns count. What it panics with goes on, and changes nothing.
    pub fn fill(
        &mut self,
        range: Range<usize>,
        fill: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, Overrun> {
        let first = Self::grain(range.start).start;
        let until = Self::grain(range.end - 1).end;
        let reserved = self.0.reserve(Self::DATA + first, until - first)?;
        let mut filling = Filling { area: self, reserved, first, until, filled: range.start..range.start };
        // SAFETY: the range lies inside the extent, which nobody sees until `filling` is dropped; its memory is
        // initialised.
        let room = unsafe {
            core::slice::from_raw_parts_mut(reserved.payload.add(range.start - first), range.len())
        };
        let filled = fill(room).min(range.len());
        filling.filled.end += filled;
        Ok(filled)
    }
}

/// An extent that is being filled; completes it when dropped.
struct Filling<'a, const BYTES: usize> {
    area: &'a mut Area<BYTES>,
    reserved: Reserved,
    first: usize,
    until: usize,
    filled: Range<usize>,
}

impl<const BYTES: usize> Drop for Filling<'_, BYTES> {
    fn drop(&mut self) {
        let (area, reserved, first) = (&mut *self.area, &self.reserved, self.first);
        let (none, mut until) = (self.filled.is_empty(), self.until);
        if none && area.0.shorten(reserved, 0) {
            return;
        }
        if !none {
            let needed = Area::<BYTES>::grain(self.filled.end - 1).end;
            if needed < until && area.0.shorten(reserved, needed - first) {
                until = needed;
            }
        }
        // What was not filled, or could not be given back because something else was written meanwhile, says what it
        // said before.
        area.keep(first..self.filled.start, reserved, first);
        area.keep(self.filled.end..until, reserved, first);
        area.0.publish(reserved);
    }
}
