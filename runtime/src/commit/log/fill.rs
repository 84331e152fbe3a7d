//! Writes that are made where they belong, so that their bytes are copied once less: batches of messages.

use super::super::record::Kind;
use super::{Log, Overrun, mark};

impl Log {
    /// Logs a write of `len` bytes that `fill` writes where they belong. What lies there before is left from other
    /// records. The range must not have been written in this record.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    #[inline]
    pub fn write_with(
        &self,
        field: usize,
        offset: usize,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<(), Overrun> {
        let (at, payload) = self.room(Kind::Write, field, offset as u64, len)?;
        // SAFETY: `room` has made room for so many bytes, in memory that nobody else writes.
        fill(unsafe { core::slice::from_raw_parts_mut(payload, len) });
        self.entered(at, mark(offset as u64), usize::MAX);
        Ok(())
    }
}
