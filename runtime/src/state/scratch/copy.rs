//! A copy of a running daemon's state, for tests that look at it from outside.

use super::Scratch;
use crate::commit::racing;
use crate::layout::{IMAGE, RegionHeader};
use crate::state::State;
use core::sync::atomic::Ordering;

impl<S: State> Scratch<S> {
    /// Copies what lies in the region that begins with `header`, torn or not.
    ///
    /// # Safety
    /// `header` must be that of a region of `S`, which stays mapped; this value must not be in use otherwise.
    pub(crate) unsafe fn take(&mut self, header: *const RegionHeader) {
        let own = self.region.header();
        // SAFETY: the caller's contract; all that is used of the header are atomics.
        let theirs = unsafe { &(*header).positions };
        for (to, from) in own.positions.iter().zip(theirs) {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let (from, to) = (header.cast::<u8>().wrapping_add(IMAGE), self.region.alias().wrapping_add(IMAGE));
        // SAFETY: both regions are of `S`, so their images are of this size; this one is nobody else's.
        unsafe { racing::copy(from, to, self.region.layout().image) };
    }

    /// Makes the copy the state, if it consists of valid values.
    ///
    /// # Errors
    /// Which field does not.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for field in S::FIELDS {
            let bytes = self.region.image_bytes().get(field.offset..field.offset + field.size);
            if !bytes.is_some_and(|bytes| (field.check_image)(bytes)) {
                return Err(format!("holds no value in `{}` of `{}`", field.name, S::NAME));
            }
        }
        self.cells = Self::bind(&self.region, &self.peers, self.log);
        Ok(())
    }
}
