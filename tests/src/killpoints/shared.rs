//! What a process may write that outlives it: its writable shared memory.

use super::tracee::Tracee;

/// That memory's bytes when they were last looked at.
#[derive(Debug)]
pub struct Shared {
    ranges: Vec<(u64, usize)>,
    last: Vec<u8>,
    now: Vec<u8>,
}

impl Shared {
    /// Of this process.
    ///
    /// # Panics
    /// When its mappings cannot be read.
    pub fn of(tracee: Tracee) -> Self {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", tracee.0)).expect("the process is there");
        let ranges: Vec<(u64, usize)> = maps.lines().filter_map(range).collect();
        assert!(!ranges.is_empty(), "no writable shared memory:\n{maps}");
        let bytes = ranges.iter().map(|(_, len)| len).sum();
        let mut shared = Self { ranges, last: vec![0; bytes], now: vec![0; bytes] };
        shared.has_changed(tracee);
        shared
    }

    /// Whether it has changed since the last look.
    pub fn has_changed(&mut self, tracee: Tracee) -> bool {
        tracee.read(&self.ranges, &mut self.now);
        let changed = self.now != self.last;
        core::mem::swap(&mut self.now, &mut self.last);
        changed
    }

    /// The address of the first words, at a multiple of 64 bytes, that are `wanted`.
    pub fn find(&self, wanted: impl Fn([u64; 3]) -> bool) -> Option<u64> {
        let mut rest = &self.last[..];
        for &(start, len) in &self.ranges {
            let (bytes, others) = rest.split_at(len);
            rest = others;
            for (index, line) in bytes.as_chunks::<64>().0.iter().enumerate() {
                let words = line.as_chunks::<8>().0;
                if wanted([0, 1, 2].map(|word| u64::from_ne_bytes(words[word]))) {
                    return Some(start + 64 * index as u64);
                }
            }
        }
        None
    }
}

/// `7f0000000000-7f0000001000 rw-s …`
fn range(line: &str) -> Option<(u64, usize)> {
    let mut words = line.split_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    words.next().filter(|rights| *rights == "rw-s")?;
    let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
    Some((from, (to - from) as usize))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn writable_shared_ranges_are_read() {
        assert_eq!(range("7f10-7f30 rw-s 00001000 00:01 7 /memfd:x"), Some((0x7f10, 0x20)));
        assert_eq!(range("7f10-7f30 r--s 00001000 00:01 7 /memfd:x"), None);
        assert_eq!(range("7f10-7f30 rw-p 00001000 00:01 7"), None);
    }
}
