//! One line of the log, put together in place: no memory, no lock, and nothing that could panic, so that root
//! can use it.

use super::{LOST, name, put};
use crate::hot::HOT;
use crate::sys::clock;
use core::fmt;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;
use log::Level;

const SIZE: usize = 1024;

/// A line under way. What does not fit is cut off.
pub struct Line {
    bytes: [u8; SIZE],
    len: usize,
    wanted: bool,
}

impl Line {
    /// Starts a line with time, severity, process, generation and PID.
    pub fn new(level: Level) -> Self {
        let mut line = Self { bytes: [0; SIZE], len: 0, wanted: level <= log::max_level() };
        if !line.wanted {
            return line;
        }
        let now = clock::wall();
        line.now(now.as_secs(), now.subsec_millis());
        line.push(match level {
            Level::Error => " error ",
            Level::Warn => " warn  ",
            Level::Info => " info  ",
            Level::Debug => " debug ",
            Level::Trace => " trace ",
        });
        line.push(name());
        let generation = HOT.generation.load(Relaxed);
        if generation != 0 {
            line.push("#");
            line.push_number(generation, 1);
            line.push(if HOT.transaction.load(Relaxed) { "!" } else { "" });
        }
        line.push("[");
        // SAFETY: no arguments.
        line.push_number(unsafe { libc::getpid() } as u64, 1);
        line.push("] ");
        line
    }

    /// With this text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.push(text);
        self
    }

    /// With this number.
    #[must_use]
    pub fn number(mut self, number: impl Into<u64>) -> Self {
        self.push_number(number.into(), 1);
        self
    }

    /// With this number, which may be negative.
    #[must_use]
    pub fn signed(mut self, number: i32) -> Self {
        if number < 0 {
            self.push("-");
        }
        self.push_number(u64::from(number.unsigned_abs()), 1);
        self
    }

    /// With this number in hexadecimal, `0x` before it.
    #[must_use]
    pub fn hex(mut self, number: u64) -> Self {
        self.push("0x");
        let mut shift = 60_u32.saturating_sub(number.leading_zeros() / 4 * 4);
        loop {
            let digit = (number >> shift & 15) as u8;
            self.byte(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
            if shift == 0 {
                return self;
            }
            shift -= 4;
        }
    }

    /// With this time in milliseconds, or in seconds where it is some.
    #[must_use]
    pub fn time(self, time: Duration) -> Self {
        match (time.as_secs(), time.subsec_millis()) {
            (seconds @ 1.., 0) => self.number(seconds).text(" s"),
            (seconds, millis) => {
                self.number(seconds.saturating_mul(1000).saturating_add(u64::from(millis))).text(" ms")
            }
        }
    }

    /// With these bytes, those that are no printable ASCII as `?`: they come from another process.
    #[must_use]
    pub fn foreign(mut self, bytes: &[u8]) -> Self {
        for &byte in bytes {
            self.byte(if matches!(byte, b' '..=b'~') { byte } else { b'?' });
        }
        self
    }

    /// Writes the line, if its severity is wanted.
    pub fn log(mut self) {
        if !self.wanted {
            return;
        }
        let lost = LOST.load(Relaxed);
        if lost != 0 {
            self.push(" (");
            self.push_number(lost, 1);
            self.push(" lines were lost before)");
        }
        if let Some(end) = self.bytes.get_mut(self.len.min(SIZE - 1)) {
            *end = b'\n';
        }
        let whole = self.bytes.get(..=self.len.min(SIZE - 1)).unwrap_or_default();
        if put(whole, HOT.generation.load(Relaxed) == 0) {
            // A store copies the page where a child shares it.
            if lost != 0 {
                LOST.store(0, Relaxed);
            }
        } else {
            LOST.store(lost.saturating_add(1), Relaxed);
        }
    }

    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn push(&mut self, text: &str) {
        // Whole characters or none.
        if text.len() <= SIZE.saturating_sub(1).saturating_sub(self.len) {
            for &byte in text.as_bytes() {
                self.byte(byte);
            }
            return;
        }
        for character in text.chars() {
            let mut buffer = [0; 4];
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            if bytes.len() > SIZE.saturating_sub(1).saturating_sub(self.len) {
                // Nothing that follows may fill the gap.
                self.len = self.len.max(SIZE - 1);
                return;
            }
            for &byte in bytes {
                self.byte(byte);
            }
        }
    }

    /// The number with at least `digits` digits.
    fn push_number(&mut self, number: u64, digits: usize) {
        let mut reversed = [b'0'; 20];
        let mut rest = number;
        let mut len = 0;
        for place in &mut reversed {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            len += 1;
            if rest == 0 && len >= digits {
                break;
            }
        }
        for &digit in reversed.iter().take(len).rev() {
            self.byte(digit);
        }
    }

    fn now(&mut self, seconds: u64, millis: u32) {
        let (year, month, day) = crate::time::date(seconds / 86_400);
        for (number, digits, mark) in [
            (year, 4, "-"),
            (month, 2, "-"),
            (day, 2, "T"),
            (seconds / 3600 % 24, 2, ":"),
            (seconds / 60 % 60, 2, ":"),
            (seconds % 60, 2, "."),
            (u64::from(millis), 3, "Z"),
        ] {
            self.push_number(number, digits);
            self.push(mark);
        }
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Line {
        Line { bytes: [0; SIZE], len: 0, wanted: true }
    }

    fn shown(line: &Line) -> &str {
        core::str::from_utf8(&line.bytes[..line.len]).unwrap()
    }

    #[test]
    fn times_are_civil() {
        let mut line = empty();
        line.now(1_709_210_096, 7);
        assert_eq!(shown(&line), "2024-02-29T12:34:56.007Z");
    }

    #[test]
    fn parts_are_shown() {
        let line = empty().text("a ").number(0_u64).text(" ").signed(-17).text(" ").hex(0xde_ad00);
        let line = line.text(" ").hex(0).text(" ").hex(u64::MAX).text(" ").foreign(b"x\n\xff");
        let line = line.text(" ").time(Duration::from_micros(20_500)).text(" ").time(Duration::from_secs(60));
        assert_eq!(shown(&line), "a 0 -17 0xdead00 0x0 0xffffffffffffffff x?? 20 ms 60 s");
    }

    #[test]
    fn what_does_not_fit_is_cut_off_between_characters() {
        let mut line = empty();
        line.push(&"ü".repeat(600));
        assert_eq!(shown(&line).trim_end_matches('\0'), "ü".repeat(511));
        line.push("more");
        assert!(!shown(&line).contains('m'));
    }
}
