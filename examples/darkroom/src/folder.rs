//! The folder with the jobs: what counts as one, and listing them.

use perennial::prelude::*;
use std::cmp::Ordering;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// The most bytes of a file name that a job can carry.
pub const MAX_NAME: usize = 120;

/// What the names of jobs end with, in any case of letters.
const EXTENSIONS: [&str; 13] =
    ["jpg", "jpeg", "png", "gif", "bmp", "tga", "psd", "hdr", "ppm", "pgm", "pnm", "pic", "sabotage"];

/// The extension of a sabotage job.
pub const SABOTAGE: &str = "sabotage";

/// The folder of shipped images.
pub fn shipped() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/images"))
}

/// The name of a job's file inside the folder: short, printable and without a path.
///
/// It is the job, too: it crosses from one daemon to the other and lies in their state as it is.
#[plain]
#[derive(PartialEq, Eq)]
pub struct FileName(Text<MAX_NAME>);

impl FileName {
    /// Takes a name if it fits a job.
    ///
    /// None for a name that is empty, longer than [`MAX_NAME`], not UTF-8, or holds a slash or a
    /// control character (a catalogue has one line for each name).
    pub fn new(name: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(name).ok()?;
        if text.is_empty() || text.contains('/') || text.chars().any(char::is_control) {
            return None;
        }
        Text::new(text).ok().map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it names a sabotage job.
    pub fn is_sabotage(&self) -> bool {
        extension(self.as_str().as_bytes())
            .is_some_and(|extension| extension.eq_ignore_ascii_case(SABOTAGE.as_bytes()))
    }
}

impl Ord for FileName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for FileName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether a name ends like a job's and is not hidden.
pub fn looks_like_job(name: &[u8]) -> bool {
    !name.starts_with(b".")
        && extension(name).is_some_and(|extension| {
            EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
        })
}

/// What comes after the last dot.
fn extension(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    Some(&name[dot + 1..])
}

/// The jobs of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The names of the jobs, sorted.
    pub names: Vec<FileName>,
    /// Files that look like jobs but whose names no job can carry; see [`FileName::new`].
    pub refused: usize,
}

/// Lists the jobs of a folder: regular files (links to them count) with a known extension.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing { names: Vec::new(), refused: 0 };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if !looks_like_job(name) || !fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file()) {
            continue;
        }
        match FileName::new(name) {
            Some(name) => listing.names.push(name),
            None => listing.refused += 1,
        }
    }
    listing.names.sort_unstable();
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::{FileName, MAX_NAME, list, looks_like_job};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn names_that_no_job_can_carry_are_refused() {
        let longest = [b'a'; MAX_NAME];
        assert_eq!(FileName::new(&longest).unwrap().as_str().len(), MAX_NAME);
        assert!(FileName::new(&[b'a'; MAX_NAME + 1]).is_none());
        for wrong in [&b""[..], b"a/b.png", b"a\tb.png", b"a\n.png", b"\xff.png"] {
            assert!(FileName::new(wrong).is_none(), "{wrong:?}");
        }
        assert!(FileName::new("wörk.Sabotage".as_bytes()).unwrap().is_sabotage());
        assert!(!FileName::new(b"sabotage").unwrap().is_sabotage());
    }

    #[test]
    fn jobs_are_known_by_their_extension() {
        for job in ["a.jpg", "A.JPEG", "x.y.png", "a.sabotage"] {
            assert!(looks_like_job(job.as_bytes()), "{job}");
        }
        for other in ["ORIGIN.md", "png", ".hidden.png", "a.png.12.part", "a."] {
            assert!(!looks_like_job(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_listing_is_sorted_and_holds_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.png", "a.jpg", "c.txt"] {
            fs::write(at(name), "").unwrap();
        }
        fs::create_dir(at("d.png")).unwrap();
        symlink(at("a.jpg"), at("e.jpg")).unwrap();
        symlink(at("nowhere"), at("f.jpg")).unwrap();
        fs::write(at("tab\t.png"), "").unwrap();
        let listing = list(folder.path()).unwrap();
        let names: Vec<_> = listing.names.iter().map(FileName::as_str).collect();
        assert_eq!(names, ["a.jpg", "b.png", "e.jpg"]);
        assert_eq!(listing.refused, 1);
        assert!(list(&at("nowhere")).is_err());
    }

    #[test]
    fn every_shipped_image_has_its_origin_written_down() {
        let shipped = super::shipped();
        let origins = fs::read_to_string(shipped.join("ORIGIN.md")).unwrap();
        for name in list(shipped).unwrap().names {
            assert!(origins.contains(&format!("\n| {name} | ")), "{name}");
        }
    }
}
