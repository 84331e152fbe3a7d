//! What a linked binary has in memory before it runs: the tables that a `match` jumps through are there.

use std::path::Path;

/// The segments of a 64-bit little-endian ELF file, as they are loaded.
#[derive(Debug)]
pub(super) struct Memory {
    file: Vec<u8>,
    /// Address, place in the file, and length in the file.
    segments: Vec<(u64, usize, usize)>,
}

/// `PT_LOAD`.
const LOAD: u32 = 1;

impl Memory {
    /// Reads the segments; the layout of the headers is in elf(5).
    ///
    /// # Panics
    /// Where the file is not what it must be.
    pub fn of(binary: &Path) -> Self {
        let file = std::fs::read(binary).expect("the binary can be read");
        assert!(file.starts_with(b"\x7fELF\x02\x01"), "a 64-bit little-endian ELF file");
        let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes"));
        let half = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes"));
        let quarter = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().expect("two bytes"));
        let (first, size, count) = (word(32) as usize, usize::from(quarter(54)), usize::from(quarter(56)));
        let segments = (0..count)
            .map(|index| first + index * size)
            .filter(|&at| half(at) == LOAD)
            .map(|at| (word(at + 16), word(at + 8) as usize, word(at + 32) as usize))
            .collect();
        Self { file, segments }
    }

    /// The signed number of 32 bits at `address`.
    pub fn offset(&self, address: u64) -> Option<i32> {
        let (start, place, _) =
            self.segments.iter().find(|&&(start, _, len)| (start..start + len as u64).contains(&address))?;
        let at = place + (address - start) as usize;
        Some(i32::from_le_bytes(self.file.get(at..at + 4)?.try_into().ok()?))
    }
}
