//! What std and libc allocate on first use and write to ever after.
//!
//! First used by a daemon, it would lie in the daemon's heap, which its transactions see read-only:
//! the first `println!` or `printf` of a transaction would crash it. Made before the seal it lies
//! in set-up memory, of which every process has a writable copy.

use core::cell::UnsafeCell;
use core::ffi::c_int;

const BUFFER: usize = 4096;

struct Buffers(UnsafeCell<[[u8; BUFFER]; 2]>);

// SAFETY: only libc's streams use the buffers, under their own locks.
unsafe impl Sync for Buffers {}

static BUFFERS: Buffers = Buffers(UnsafeCell::new([[0; BUFFER]; 2]));

/// Makes them.
pub(super) fn settle() {
    let _ = (std::io::stdin(), std::io::stdout(), std::thread::current());
    // SAFETY: the seal is called with no other thread left.
    unsafe { std::env::remove_var("RUST_BACKTRACE") };
    let [input, output] =
        [0, 1].map(|index| BUFFERS.0.get().cast::<[u8; BUFFER]>().wrapping_add(index).cast::<libc::c_char>());
    // SAFETY: libc sets the streams up before the program starts. A stream without a buffer has
    // not been used or configured yet, which is when it may be given one; the buffers are static
    // and used by nothing else.
    unsafe {
        give(stdin, input, libc::_IOFBF);
        let mode = if libc::isatty(libc::STDOUT_FILENO) == 1 { libc::_IOLBF } else { libc::_IOFBF };
        give(stdout, output, mode);
    }
}

/// # Safety
/// `stream` is valid, and `buffer` has `BUFFER` bytes for its sole use.
unsafe fn give(stream: *mut libc::FILE, buffer: *mut libc::c_char, mode: c_int) {
    // SAFETY: by the contract.
    unsafe {
        if __fbufsize(stream) == 0 {
            libc::setvbuf(stream, buffer, mode, BUFFER);
        }
    }
}

unsafe extern "C" {
    static stdin: *mut libc::FILE;
    static stdout: *mut libc::FILE;
    /// From glibc's `stdio_ext.h`: the size of the buffer, zero before there is one.
    fn __fbufsize(stream: *mut libc::FILE) -> usize;
}
