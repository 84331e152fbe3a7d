//! Makes a folder of hostile files out of the shipped images, the same ones for the same seed.
//!
//! Real pictures cut short, with flipped bits and with headers that lie, files that are no
//! pictures at all, and one sabotage job of each kind.

use crate::folder::{self, SABOTAGE};
use crate::lies;
use crate::sabotage::Sabotage;
use std::fs;
use std::io;
use std::path::Path;

/// The seed of the default set.
pub const SEED: u64 = 0x_DA2C_2003;

/// How many files were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    /// Shipped images, copied as they are.
    pub real: usize,
    /// Files that a decoder may refuse or crash on; some are harmless after all.
    pub hostile: usize,
    /// Sabotage jobs, each of which crashes or hangs.
    pub sabotage: usize,
}

/// A stream of numbers, the same for the same seed (splitmix64).
#[derive(Debug, Clone)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Fills a folder with everything: copies of the real images, hostile ones and sabotage jobs.
///
/// # Errors
/// When an image cannot be read or a file not be written.
pub fn fill(images: &Path, target: &Path, seed: u64) -> io::Result<Made> {
    let mut made = hostile(images, target, seed)?;
    for name in &folder::list(images)?.names {
        let path = Path::new(name.as_str());
        fs::copy(images.join(path), target.join(path))?;
        made.real += 1;
    }
    Ok(made)
}

/// Fills a folder with hostile files and sabotage jobs only.
///
/// # Errors
/// When an image cannot be read or a file not be written.
pub fn hostile(images: &Path, target: &Path, seed: u64) -> io::Result<Made> {
    fs::create_dir_all(target)?;
    let mut numbers = Numbers(seed);
    let mut made = Made::default();
    let mut write = |name: String, bytes: &[u8]| {
        made.hostile += 1;
        fs::write(target.join(name), bytes)
    };

    let mut honest: Vec<(String, Vec<u8>)> = Vec::new();
    for (turn, name) in folder::list(images)?.names.iter().enumerate() {
        let bytes = fs::read(images.join(name.as_str()))?;
        // Every place to cut is met by some image, and the formats take turns.
        let end = match turn % 4 {
            0 => 1 + numbers.below(32),
            1 => bytes.len() / 4,
            2 => bytes.len() / 2,
            _ => bytes.len().saturating_sub(1 + numbers.below(16)),
        };
        write(format!("cut-{name}"), &bytes[..end.min(bytes.len())])?;
        let mut flipped = bytes.clone();
        let (what, start, len) = if turn % 2 == 0 {
            ("header", 0, bytes.len().min(64))
        } else {
            ("body", bytes.len() / 8, bytes.len())
        };
        for _ in 0..3 {
            let at = start + numbers.below(len - start);
            flipped[at] ^= 1 << numbers.below(8);
        }
        write(format!("flipped-{what}-{name}"), &flipped)?;
        honest.push((name.to_string(), bytes));
    }
    let by_extension = |extension: &str| {
        let found =
            honest.iter().find(|(name, _)| name.rsplit_once('.').is_some_and(|(_, e)| e == extension));
        found.map(|(_, bytes)| bytes.clone())
    };
    for (what, extension, bytes) in lies::tell(by_extension) {
        write(format!("lie-{what}.{extension}"), &bytes)?;
    }
    write("empty.png".into(), b"")?;
    write("letter.jpg".into(), b"Dear darkroom, I am not a picture.\n")?;
    let noise: Vec<u8> = (0..4096).map(|_| numbers.next() as u8).collect();
    write("noise.tga".into(), &noise)?;
    for sabotage in Sabotage::ALL {
        let word = sabotage.word();
        fs::write(target.join(format!("{word}.{SABOTAGE}")), word)?;
        made.sabotage += 1;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::{Numbers, SEED, fill, hostile};
    use crate::contained::{End, contained};
    use crate::develop::develop;
    use crate::folder;
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut numbers = Numbers(1_234_567);
        assert_eq!(numbers.next(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_seed_makes_the_same_files_and_another_makes_others() {
        let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
        let mut contents = Vec::new();
        for (folder, seed) in folders.iter().zip([SEED, SEED, SEED + 1]) {
            let made = hostile(folder::shipped(), folder.path(), seed).unwrap();
            assert!(made.hostile > 70 && made.sabotage == 5, "{made:?}");
            contents.push(content(folder.path()));
            assert_eq!(contents.last().unwrap().len(), made.hostile + made.sabotage);
        }
        assert_eq!(contents[0], contents[1]);
        assert_ne!(contents[0], contents[2]);
    }

    #[test]
    fn every_file_is_a_job_and_every_real_image_is_there() {
        let target = tempfile::tempdir().unwrap();
        let made = fill(folder::shipped(), target.path(), SEED).unwrap();
        let listing = folder::list(target.path()).unwrap();
        assert_eq!(listing.refused, 0);
        let all = made.real + made.hostile + made.sabotage;
        assert_eq!(listing.names.len(), all);
        assert!(made.real >= 24);
    }

    /// The hostile pictures meet the real decoder, each in a process of its own.
    #[test]
    fn hostile_pictures_are_refused_developed_or_kill_their_process_only() {
        let target = tempfile::tempdir().unwrap();
        let out = tempfile::tempdir().unwrap();
        hostile(folder::shipped(), target.path(), SEED).unwrap();
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        for name in folder::list(target.path()).unwrap().names {
            if name.is_sabotage() {
                continue;
            }
            let end = contained(Duration::from_secs(3), || {
                i32::from(develop(target.path(), &name, out.path()).is_err())
            });
            println!("{name}: {end:?}");
            // Two of the decoder's real faults: an overrun table and a loop without an end.
            match name.as_str() {
                "lie-codes.jpg" => assert!(matches!(end, End::Signal(_)), "{end:?}"),
                "cut-coffee.hdr" => assert_eq!(end, End::Signal(libc::SIGKILL)),
                _ => {}
            }
            *ends.entry(format!("{end:?}")).or_default() += 1;
        }
        println!("{ends:?}");
        assert!(ends[&format!("{:?}", End::Exit(1))] > 20, "{ends:?}");
        assert!(ends[&format!("{:?}", End::Exit(0))] > 5, "{ends:?}");
    }
}
