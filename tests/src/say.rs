//! Lines between a tree and its test. Neither side of the pipe needs memory from the heap.

use core::fmt::{self, Write};
use perennial::Text;

/// Says one line to the test, on standard output.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => { $crate::say::line(::core::format_args!($($part)*)) };
}

/// Writes one line to standard output with one system call; what is longer than 1000 bytes is cut off.
pub fn line(line: fmt::Arguments<'_>) {
    let mut text = Text::<1000>::EMPTY;
    // Writing to a `Text` cannot fail.
    let _ = text.write_fmt(line);
    let mut bytes = [0; 1001];
    let len = text.as_str().len();
    bytes[..len].copy_from_slice(text.as_bytes());
    bytes[len] = b'\n';
    // SAFETY: writes a local to standard output; a test that reads no more is gone.
    unsafe { libc::write(1, bytes.as_ptr().cast(), len + 1) };
}

/// Reads one command from standard input, a byte at a time, so that what follows it is left to a successor
/// should this process die of the command. `None` at the end.
pub fn command() -> Option<Text<80>> {
    command_from(0)
}

/// The same from another descriptor.
pub fn command_from(descriptor: i32) -> Option<Text<80>> {
    let mut text = Text::EMPTY;
    loop {
        let mut byte = 0_u8;
        // SAFETY: reads one byte into a local.
        if unsafe { libc::read(descriptor, (&raw mut byte).cast(), 1) } != 1 {
            return None;
        }
        if byte == b'\n' {
            return Some(text);
        }
        let _ = text.write_char(char::from(byte));
    }
}
