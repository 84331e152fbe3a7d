//! Where a field lies, and the only way in which a field reads and writes.

use super::Peer;
use crate::commit::{Log, Overrun, Reserved};
use crate::layout::RegionHeader;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;

/// A field's place: its committed image, its position in the header if it is a ring end, and the log that
/// takes its writes.
#[derive(Clone, Copy)]
pub struct Place {
    image: *const u8,
    size: usize,
    offset: usize,
    index: usize,
    header: *const RegionHeader,
    peers: *const [Peer],
    log: NonNull<Log>,
    outside: *mut u8,
}

impl Place {
    /// Describes a place.
    ///
    /// # Safety
    /// `image` must be readable for `size` bytes, aligned for the field's image, and change only through
    /// commits of this process's daemon; `header` must be that of its region, and readable; `log` must stay
    /// valid and unmoved for as long as the place is used, by one thread only. The same holds for `peers`, which do not
    /// change, and for what their pointers lead to, which may change at any time.
    pub unsafe fn new(
        image: *const u8,
        size: usize,
        offset: usize,
        index: usize,
        header: *const RegionHeader,
        peers: *const [Peer],
        log: NonNull<Log>,
    ) -> Self {
        Self { image, size, offset, index, header, peers, log, outside: ptr::null_mut() }
    }

    /// The same place of a live ring, whose slots the daemon writes at `outside`.
    ///
    /// # Safety
    /// The bytes at `image` must be those of the ring rather than of the image, and the daemon's alias of them be at
    /// `outside`: writable for as long as the place is used, in the daemon's process and by its one thread.
    #[must_use]
    pub unsafe fn writable_at(self, outside: *mut u8) -> Self {
        Self { outside, ..self }
    }

    /// Where the daemon writes what is outside of the image; null where nothing is.
    pub(crate) fn outside(&self) -> *mut u8 {
        self.outside
    }

    /// The row of the field in the daemon's table.
    pub fn row(&self) -> usize {
        self.index
    }

    /// Start of the committed image.
    pub fn committed(&self) -> *const u8 {
        self.image
    }

    /// The committed bytes at `offset..offset + len` of the field; `None` where the range leaves it.
    #[inline]
    pub fn image(&self, offset: usize, len: usize) -> Option<*const u8> {
        let inside = offset.checked_add(len).is_some_and(|end| end <= self.size);
        inside.then(|| self.image.wrapping_add(offset))
    }

    /// The committed position of this ring end.
    pub fn position(&self) -> u64 {
        // SAFETY: readable by the contract of `new`; only atomics of the header are looked at.
        let positions = unsafe { &(*self.header).positions };
        positions.get(self.index).map_or(0, |position| position.load(Ordering::Acquire))
    }

    /// The epoch of the committed state: what has happened in an earlier one may have been rolled back.
    pub fn epoch(&self) -> u64 {
        // SAFETY: as in `position`.
        unsafe { &(*self.header).epoch }.load(Ordering::Relaxed)
    }

    /// How far the change under way moves this ring end, as far as the log knows.
    pub fn moved_by(&self) -> u64 {
        self.log().moves_to(self.index).map_or(0, |position| position.saturating_sub(self.position()))
    }

    /// The other ends: the producer of a consumer, the consumers of a producer; none where nothing is wired.
    pub fn peers(&self) -> &[Peer] {
        // SAFETY: valid and unchanged by the contract of `new`.
        unsafe { &*self.peers }
    }

    fn log(&self) -> &Log {
        // SAFETY: valid, unmoved and of one thread by the contract of `new`; `Log` is never borrowed
        // mutably while places exist (it uses cells).
        unsafe { self.log.as_ref() }
    }

    /// The bytes at `offset..offset + len` of the field as this process sees them: its own uncommitted
    /// write of exactly that range, else the committed bytes.
    ///
    /// The pointer is valid until the next write to the field; `None` where the range leaves the field.
    #[inline]
    pub fn read(&self, offset: usize, len: usize) -> Option<*const u8> {
        if offset.checked_add(len)? > self.size {
            return None;
        }
        if let Some(own) = self.log().find(self.index, self.offset + offset, len) {
            return Some(own);
        }
        // SAFETY: inside the image by the check above.
        Some(unsafe { self.image.add(offset) })
    }

    /// Logs that `bytes` replace what is at `offset` of the field. Writes of one field must not overlap
    /// unless they are of exactly the same range.
    ///
    /// # Errors
    /// [`Overrun`] when the record is full, or the range leaves the field.
    #[inline]
    pub fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), Overrun> {
        if offset.checked_add(bytes.len()).is_none_or(|end| end > self.size) {
            return Err(Overrun);
        }
        self.log().write(self.index, self.offset + offset, bytes)
    }

    /// Logs that what `fill` makes of `len` bytes replaces what is at `offset` of the field, which this change has not
    /// written yet.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    #[inline]
    pub fn write_with(&self, offset: usize, len: usize, fill: impl FnOnce(&mut [u8])) -> Result<(), Overrun> {
        if offset.checked_add(len).is_none_or(|end| end > self.size) {
            return Err(Overrun);
        }
        self.log().write_with(self.index, self.offset + offset, len, fill)
    }

    /// Whether the change under way has written nothing yet, to this field or another.
    pub fn is_untouched(&self) -> bool {
        self.log().is_untouched()
    }

    /// The bytes at `offset..offset + len`, which lie in one grain of an area: this process's newest uncommitted
    /// extent over them that begins in the record before `before`, else the committed bytes; `None` where the range
    /// leaves the field.
    #[inline]
    pub fn read_grain(&self, offset: usize, len: usize, before: usize) -> Option<*const u8> {
        if offset.checked_add(len)? > self.size {
            return None;
        }
        if let Some(own) = self.log().newest(self.offset + offset, len, before) {
            return Some(own);
        }
        // SAFETY: inside the image by the check above.
        Some(unsafe { self.image.add(offset) })
    }

    /// The bytes at `offset..offset + len`, which lie in one grain of an area, in this process's newest uncommitted
    /// extent over them, to be overwritten.
    pub fn own_grain(&self, offset: usize, len: usize) -> Option<*mut u8> {
        self.log().newest(self.offset + offset, len, usize::MAX)
    }

    /// Makes room for an extent of whole grains of an area. It takes effect by [`publish`](Self::publish); until then
    /// the area is read `before` it only.
    ///
    /// # Errors
    /// [`Overrun`] when the record is full, or the range leaves the field.
    pub fn reserve(&self, offset: usize, len: usize) -> Result<Reserved, Overrun> {
        if offset.checked_add(len).is_none_or(|end| end > self.size) {
            return Err(Overrun);
        }
        self.log().reserve(self.index, self.offset + offset, len)
    }

    /// Gives back what a reserved extent has more than `len` bytes; false if that is not possible any more.
    pub fn shorten(&self, reserved: &Reserved, len: usize) -> bool {
        self.log().shorten(reserved.at, len)
    }

    /// Lets a reserved extent, whose bytes are there now, take effect.
    pub fn publish(&self, reserved: &Reserved) {
        self.log().publish(reserved.at);
    }

    /// Logs that the ring end's position becomes `value`.
    pub fn advance(&self, value: u64) {
        self.log().advance(self.index, value);
    }

    /// Notes that the field's next message is being handled.
    pub fn touch(&self) {
        self.log().touch(self.index);
    }

    /// Whether a write since the start of this change did not fit.
    pub fn overrun(&self) -> bool {
        self.log().overrun()
    }
}
