//! Tells a profiler which side of a figure a process is at: by the name of its thread, which is in every sample.

use core::fmt::{Display, Write as _};

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the figure is about.
    Ours,
    /// What it is compared with.
    Base,
    /// Nothing that is timed.
    Neither,
}

/// From here on this thread, and what it forks, is at `side` of the figure's `case`. To be called outside of what is timed.
pub fn enter(side: Side, case: impl Display) {
    let mut name = Name { text: [0; 16], len: 0 };
    let side = match side {
        Side::Ours => "ours",
        Side::Base => "base",
        Side::Neither => "neither",
    };
    // What does not fit is cut off.
    let _ = write!(name, "{side} {case}");
    // SAFETY: the kernel reads up to 16 bytes, of which the last is zero.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.text.as_ptr()) };
}

/// A name as the kernel keeps it.
struct Name {
    text: [u8; 16],
    len: usize,
}

impl core::fmt::Write for Name {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let last = self.text.len() - 1;
        let room = &mut self.text[self.len..last];
        let len = text.len().min(room.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_thread_tells() {
        std::thread::spawn(|| {
            enter(Side::Ours, "OrderedMap and more");
            let name = std::fs::read_to_string("/proc/thread-self/comm").expect("proc is there");
            assert_eq!(name, "ours OrderedMap\n");
        })
        .join()
        .expect("it ends");
    }
}
