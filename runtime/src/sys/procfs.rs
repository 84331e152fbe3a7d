//! What the kernel tells of a process in `/proc`, read without memory from the heap.

use core::ffi::c_int;

/// A file of a process, open for reading.
struct File(c_int);

impl File {
    /// Opens `/proc/PID/name`; `None` where it is not there or no descriptor is left.
    fn open(pid: i32, name: &[u8]) -> Option<Self> {
        let mut path = [0_u8; 32];
        let mut digits = [0_u8; 10];
        let mut rest = u32::try_from(pid).ok()?;
        let mut first = digits.len();
        while rest != 0 || first == digits.len() {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let parts = [b"/proc/".as_slice(), &digits[first..], b"/", name];
        let mut end = 0;
        for part in parts {
            path.get_mut(end..end + part.len())?.copy_from_slice(part);
            end += part.len();
        }
        if end == path.len() {
            return None;
        }
        // SAFETY: reads a string that ends with a zero: the last byte was not written.
        let file = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
        (file != -1).then_some(Self(file))
    }

    /// The next bytes; none at the end.
    fn read<'a>(&self, buffer: &'a mut [u8]) -> &'a [u8] {
        // SAFETY: writes at most the buffer's length.
        let got = unsafe { libc::read(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        &buffer[..usize::try_from(got).unwrap_or(0)]
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is owned by this value.
        unsafe { libc::close(self.0) };
    }
}

/// The signals that a process ignores, a bit each from signal 1 on; `None` where that cannot be found out.
pub fn ignored_signals(pid: i32) -> Option<u64> {
    const LABEL: &[u8] = b"\nSigIgn:\t";
    let file = File::open(pid, b"status")?;
    let mut buffer = [0_u8; 1024];
    // The list of groups before the label may be long.
    let mut matched = 0;
    let mut ignored = 0;
    loop {
        let bytes = file.read(&mut buffer);
        if bytes.is_empty() {
            return Some(ignored);
        }
        for &byte in bytes {
            if matched == LABEL.len() {
                match char::from(byte).to_digit(16) {
                    Some(digit) => ignored = ignored << 4 | u64::from(digit),
                    None => return Some(ignored),
                }
            } else if byte == LABEL[matched] {
                matched += 1;
            } else {
                matched = usize::from(byte == LABEL[0]);
            }
        }
    }
}

/// Whether a process, which may have ended but is not reaped, has become another program since its fork.
pub fn has_executed(pid: i32) -> bool {
    /// Of the kernel's flags of a task: forked, but has not called `exec`.
    const FORKED_ONLY: u64 = 0x40;
    let Some(file) = File::open(pid, b"stat") else { return false };
    let mut buffer = [0_u8; 512];
    let stat = file.read(&mut buffer);
    // The name in parentheses may hold anything; what follows the last one is plain.
    let Some(name_end) = stat.iter().rposition(|&byte| byte == b')') else { return false };
    let flags = stat[name_end + 1..].split(|&byte| byte == b' ').nth(7);
    let flags = flags.and_then(|flags| core::str::from_utf8(flags).ok()?.parse::<u64>().ok());
    flags.is_some_and(|flags| flags & FORKED_ONLY == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_executed_says_so() {
        assert!(has_executed(std::process::id() as i32));
        assert!(!has_executed(0), "there is no process 0");
    }

    #[test]
    fn ignored_signals_are_those_of_the_mask() {
        let before = ignored_signals(std::process::id() as i32).unwrap();
        crate::sys::signal::dispose(61, true).unwrap();
        let now = ignored_signals(std::process::id() as i32);
        assert_eq!(now, Some(before | 1 << 60));
        assert_eq!(ignored_signals(0), None, "there is no process 0");
    }
}
