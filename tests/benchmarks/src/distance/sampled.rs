//! What `perf record` has written: how often each side of each figure was found at which address.

use super::places;
use crate::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Addresses from here on are the kernel's.
const KERNEL: u64 = 1 << 63;

/// A side of a figure, by the name that its threads have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side(String);

impl Side {
    /// What the figure is about.
    pub fn ours(case: &str) -> Self {
        Self::named("ours", case)
    }

    /// What it is compared with.
    pub fn base(case: &str) -> Self {
        Self::named("base", case)
    }

    /// Names of threads are cut off at 15 bytes.
    fn named(side: &str, case: &str) -> Self {
        Self(format!("{side} {case}").trim_end().chars().take(15).collect())
    }
}

/// Where a sample was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// At an address of the program.
    Program(u64),
    /// In a function of something else: by its number.
    Other(usize),
}

/// All samples.
#[derive(Default)]
pub struct Sampled {
    sides: BTreeMap<Side, BTreeMap<At, usize>>,
    /// Functions of the kernel and of libraries, with where they are.
    others: Vec<(String, String)>,
    /// Where the program lies: its file, its first address, and the place in the file that is there.
    program: Option<(String, u64, u64)>,
}

impl Sampled {
    /// How often a side was found where.
    pub fn side(&self, side: &Side) -> Result<&BTreeMap<At, usize>> {
        Ok(self.sides.get(side).ok_or_else(|| format!("no sample of `{}`", side.0))?)
    }

    /// File and function of each place.
    pub fn places(&self, all: BTreeSet<At>) -> Result<BTreeMap<At, (String, String)>> {
        let mut named = BTreeMap::new();
        let mut own = Vec::new();
        for at in all {
            match at {
                At::Other(number) => {
                    named.insert(at, self.others[number].clone());
                }
                At::Program(address) => own.push(address),
            }
        }
        let (file, first, offset) = self.program.as_ref().ok_or("the program is not in the samples")?;
        let offsets: Vec<u64> = own.iter().map(|address| address - first + offset).collect();
        let frames = places::of(Path::new(file), &offsets)?;
        named.extend(own.into_iter().map(At::Program).zip(frames));
        Ok(named)
    }

    /// Takes a line of a mapping that can be executed.
    fn map(&mut self, line: &str) -> Option<()> {
        // `… PERF_RECORD_MMAP2 7/7: [0x55d0(0x2000) @ 0x1000 fe:00 2 1]: r-xp /path`
        let (_, rest) = line.split_once(": [0x")?;
        let (range, rest) = rest.split_once(']')?;
        let (start, range) = range.split_once("(0x")?;
        let offset = range.split_once("@ ")?.1.split(' ').next()?.trim_start_matches("0x");
        let file = rest.strip_prefix(": r-xp ")?;
        // Benches are run from there; the tree of `between` is a program beside it.
        let name = file.rsplit('/').next()?;
        if ["figures-", "snapshot-"].iter().any(|bench| name.starts_with(bench)) || name == "between" {
            let number = |text| u64::from_str_radix(text, 16).ok();
            self.program = Some((file.to_owned(), number(start)?, number(offset).unwrap_or(0)));
        }
        Some(())
    }

    /// Takes a sample: `SIDE CASE   address function (file)`.
    fn sample(&mut self, line: &str, numbers: &mut BTreeMap<(String, String), usize>) -> Option<()> {
        let at = line.rfind(" (")?;
        let (head, file) = (&line[..at], line[at + 2..].trim_end().trim_end_matches(')'));
        let name: String = head.trim_start().chars().take_while(|c| *c != '\u{1}').collect();
        // The name of a thread may hold anything; behind it are two spaces or more, or a colon of its number.
        let words: Vec<&str> = name.split_whitespace().collect();
        let place = words.iter().position(|word| word.len() >= 8 && u64::from_str_radix(word, 16).is_ok())?;
        let address = u64::from_str_radix(words[place], 16).ok()?;
        let side = Side(words[..place].join(" "));
        if !["ours", "base"].contains(words.first()?) {
            return Some(());
        }
        let program = self.program.as_ref().is_some_and(|program| program.0 == file);
        let at = if program {
            At::Program(address)
        } else {
            let function = words[place + 1..].join(" ");
            let file = if address >= KERNEL { "the kernel" } else { file.rsplit('/').next()? };
            let key = (file.to_owned(), function);
            let next = self.others.len();
            let number = *numbers.entry(key.clone()).or_insert(next);
            if number == next {
                self.others.push(key);
            }
            At::Other(number)
        };
        *self.sides.entry(side).or_default().entry(at).or_default() += 1;
        Some(())
    }
}

/// Reads a file of `perf record`.
pub fn read(file: &Path) -> Result<Sampled> {
    let fields = "comm,ip,sym,dso";
    let script = Command::new("perf")
        .args(["script", "--show-mmap-events", "--fields", fields, "--input"])
        .arg(file)
        .output()?;
    if !script.status.success() {
        return Err(String::from_utf8_lossy(&script.stderr).into_owned().into());
    }
    let text = String::from_utf8_lossy(&script.stdout);
    let mut sampled = Sampled::default();
    for line in text.lines().filter(|line| line.contains("PERF_RECORD_MMAP")) {
        sampled.map(line);
    }
    let mut numbers = BTreeMap::new();
    for line in text.lines().filter(|line| !line.contains("PERF_RECORD_")) {
        sampled.sample(line, &mut numbers);
    }
    Ok(sampled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_mappings_and_samples() {
        let mut sampled = Sampled::default();
        let line =
            "figures 7 PERF_RECORD_MMAP2 7/7: [0x55d0000000(0x2000) @ 0x1000 fe:00 2 1]: r-xp /x/figures-1f";
        assert_eq!(sampled.map(line), Some(()));
        assert_eq!(sampled.program, Some(("/x/figures-1f".to_owned(), 0x55_d000_0000, 0x1000)));
        let mut numbers = BTreeMap::new();
        let mut take = |line: &str| sampled.sample(line, &mut numbers);
        take("ours 4MiB     55d0000010 <A as B>::c+0x1 (/x/figures-1f)");
        take("ours 4MiB     ffffffff81000000 futex_wake ([kernel.kallsyms])");
        take("ours 4MiB     7f00000010 memcpy (/lib/libc.so.6)");
        take("neither       7f00000010 memcpy (/lib/libc.so.6)");
        take("ours 16384B   7f00000010 memcpy (/lib/libc.so.6)");
        let side = sampled.side(&Side::ours("4MiB")).expect("it is there");
        assert_eq!(side.len(), 3);
        assert_eq!(side.get(&At::Program(0x55_d000_0010)), Some(&1));
        assert_eq!(sampled.others[0], ("the kernel".to_owned(), "futex_wake".to_owned()));
        assert_eq!(sampled.others[1].0, "libc.so.6");
        assert!(sampled.side(&Side::base("4MiB")).is_err());
        // A size is not an address.
        assert!(sampled.side(&Side::ours("16384B")).is_ok());
    }
}
