//! Log lines through the `log` facade to standard error: time, severity, process, generation, PID, text.
//!
//! A line is put together on the stack and written with one system call: it takes no memory, no lock, and
//! lines of different processes do not mix. Records in shared memory come later; this is the floor.

mod line;

pub use line::Line;

use crate::hot::HOT;
use crate::sys::Errno;
use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use log::{LevelFilter, Log, Metadata, Record};

static LOST: AtomicU64 = AtomicU64::new(0);

/// Milliseconds that a daemon waits for standard error to take a line.
const PATIENCE: i32 = 100;

/// Writes a line. Root waits for nobody and daemons not for long: a reader that has stopped must not stop the
/// tree.
fn put(line: &[u8], root: bool) -> bool {
    if root {
        let part = libc::iovec { iov_base: line.as_ptr().cast_mut().cast(), iov_len: line.len() };
        // SAFETY: the kernel only reads the line.
        let done = unsafe { libc::pwritev2(2, &raw const part, 1, -1, libc::RWF_NOWAIT) };
        if done >= 0 {
            return true;
        }
        // Files and terminals know no such flag; they do not fill up as pipes do.
        if Errno::last() != Errno::EOPNOTSUPP {
            return false;
        }
    }
    let mut stderr = libc::pollfd { fd: 2, events: libc::POLLOUT, revents: 0 };
    // SAFETY: reads and writes one local.
    let ready = unsafe { libc::poll(&raw mut stderr, 1, if root { 0 } else { PATIENCE }) };
    // SAFETY: the kernel only reads the line. A pipe that is ready takes as much as this at once.
    ready == 1
        && stderr.revents & libc::POLLOUT != 0
        && unsafe { libc::write(2, line.as_ptr().cast(), line.len()) } > 0
}

struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut line = Line::new(record.level());
        // Writing to a line cannot fail: what does not fit is cut off.
        let _ = line.write_fmt(*record.args());
        line.log();
    }

    fn flush(&self) {}
}

fn name() -> &'static str {
    let (start, len) = (HOT.name.load(Relaxed), HOT.name_len.load(Relaxed));
    if start.is_null() {
        return "root";
    }
    // SAFETY: `become_process` stored the parts of a `&'static str`, in a process with one thread.
    unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(start, len)) }
}

/// Installs the logger; `RUST_LOG` may name a level, `info` otherwise. Call before the seal.
pub fn install() {
    static LOGGER: Logger = Logger;
    let level =
        std::env::var("RUST_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::Info);
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(level);
    }
}

/// From now on lines carry this name and generation.
pub fn become_process(name: &'static str, generation: u64) {
    HOT.name.store(name.as_ptr().cast_mut(), Relaxed);
    HOT.name_len.store(name.len(), Relaxed);
    HOT.generation.store(generation, Relaxed);
    HOT.transaction.store(false, Relaxed);
}

/// From now on lines say that they come from a transaction.
pub fn become_transaction() {
    HOT.transaction.store(true, Relaxed);
}
