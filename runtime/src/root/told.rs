//! A daemon's crash or panic report as root reads it: copied once, lengths bounded, text as bytes.

use crate::failure::Crash;
use crate::report::{MESSAGE, PLACE, Report, TOLD, WORDS};
use core::ptr;
use zerocopy::IntoBytes;

/// A report.
pub struct Told {
    words: Report,
    fresh: bool,
}

impl Told {
    /// Copies the report out, and marks it so that it is not taken for that of a later death.
    ///
    /// # Safety
    /// `report` must be writable.
    pub unsafe fn take(report: *mut Report) -> Self {
        // SAFETY: the caller's contract. One copy, which is all that is looked at.
        let words = unsafe { ptr::read_volatile(report) };
        let fresh = words[0] != 0 && words[0] & TOLD == 0;
        if fresh {
            // SAFETY: as above; the first word says what the report is.
            unsafe { ptr::write_volatile(report.cast::<u64>(), words[0] | TOLD) };
        }
        Self { words, fresh }
    }

    /// The crash, if it is one.
    pub fn crash(&self) -> Option<Crash> {
        let [kind, signal, code, address, instruction, stack, ..] = self.words;
        (self.fresh && kind == 1).then_some(Crash {
            signal: signal as i32,
            code: code as i32,
            address,
            instruction,
            stack,
        })
    }

    /// What a panic said.
    pub fn message(&self) -> &[u8] {
        self.text(MESSAGE..PLACE, 8)
    }

    /// Where it panicked.
    pub fn place(&self) -> &[u8] {
        self.text(PLACE..WORDS, 9)
    }

    fn text(&self, words: core::ops::Range<usize>, len: usize) -> &[u8] {
        let bytes = self.words.get(words).unwrap_or_default().as_bytes();
        let len = self.words.get(len).map_or(0, |len| *len as usize).min(bytes.len());
        if self.fresh && self.words[0] == 2 { bytes.get(..len).unwrap_or_default() } else { b"" }
    }
}
