//! How the heap gives up: one line on standard error, then `abort`. It must not allocate, format
//! or unwind, because it is reached from inside `free`.

/// Writes `perennial: heap: <what> (0x<address>)` and aborts.
#[cold]
#[inline(never)]
pub(super) fn stop(what: &str, address: usize) -> ! {
    let mut line = Line { bytes: [0; 192], len: 0 };
    line.push(b"perennial: heap: ");
    line.push(what.as_bytes());
    line.push(b" (0x");
    line.hex(address);
    line.push(b")\n");
    // SAFETY: the buffer lives until the call returns, and `len` never exceeds it. Whether the line
    // could be written makes no difference to what follows.
    unsafe {
        libc::write(2, line.bytes.as_ptr().cast(), line.len);
        libc::abort()
    }
}

struct Line {
    bytes: [u8; 192],
    len: usize,
}

impl Line {
    fn push(&mut self, text: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(text) {
            *to = *from;
            self.len += 1;
        }
    }

    fn hex(&mut self, number: usize) {
        let digits = (usize::BITS - number.leading_zeros()).div_ceil(4).max(1);
        for digit in (0..digits).rev() {
            let value = (number >> (digit * 4)) as u8 & 0xf;
            self.push(&[if value < 10 { b'0' + value } else { b'a' + value - 10 }]);
        }
    }
}
