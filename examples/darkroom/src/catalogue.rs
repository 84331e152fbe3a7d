//! The catalogue file: one line for each image, written by the tree and read by its auditor.
//!
//! Columns separated by tabs: name, outcome (`developed` or `set aside`), width, height, mean
//! colour as `#rrggbb`, checksum in hexadecimal. A row set aside has `-` in the last four.

use crate::folder::FileName;
use crate::measure::Development;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use thiserror::Error;

/// The name of the catalogue file beside the thumbnails.
pub const FILE: &str = "catalogue.tsv";

const DEVELOPED: &str = "developed";
const SET_ASIDE: &str = "set aside";

/// One line of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The image's file.
    pub name: FileName,
    /// What it yielded; None when it was set aside.
    pub development: Option<Development>,
}

/// A line that is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not six columns of name, outcome, width, height, colour and checksum")]
pub struct MalformedRow;

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(development) = self.development else {
            return write!(f, "{}\t{SET_ASIDE}\t-\t-\t-\t-", self.name);
        };
        let Development { width, height, mean: [red, green, blue], checksum } = development;
        write!(
            f,
            "{}\t{DEVELOPED}\t{width}\t{height}\t#{red:02x}{green:02x}{blue:02x}\t{checksum:08x}",
            self.name
        )
    }
}

impl Row {
    /// Reads one line.
    ///
    /// # Errors
    /// [`MalformedRow`] for anything that [`Display`](fmt::Display) would not have written.
    pub fn parse(line: &str) -> Result<Self, MalformedRow> {
        Self::columns(line).ok_or(MalformedRow)
    }

    fn columns(line: &str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || columns.next();
        let name = FileName::new(next()?.as_bytes())?;
        let outcome = next()?;
        let (width, height, mean, checksum) = (next()?, next()?, next()?, next()?);
        if columns.next().is_some() {
            return None;
        }
        let development = match outcome {
            SET_ASIDE if [width, height, mean, checksum] == ["-"; 4] => None,
            DEVELOPED => {
                let [_, red, green, blue] = hexadecimal(mean.strip_prefix('#')?, 6)?.to_be_bytes();
                Some(Development {
                    width: width.parse().ok()?,
                    height: height.parse().ok()?,
                    mean: [red, green, blue],
                    checksum: hexadecimal(checksum, 8)?,
                })
            }
            _ => return None,
        };
        Some(Self { name, development })
    }
}

/// A number of exactly so many digits; the standard parser would let a sign through.
fn hexadecimal(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(text, 16).ok())?
}

/// Writes a catalogue, whole or not at all.
///
/// # Errors
/// When the file cannot be written or renamed.
pub fn write(path: &Path, rows: impl IntoIterator<Item = Row>) -> io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut file = BufWriter::new(File::create(&unfinished)?);
    for row in rows {
        writeln!(file, "{row}")?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::{MalformedRow, Row, write};
    use crate::folder::FileName;
    use crate::measure::Development;
    use std::fs;

    fn row(name: &str, developed: bool) -> Row {
        Row {
            name: FileName::new(name.as_bytes()).unwrap(),
            development: developed.then_some(Development {
                width: 640,
                height: 427,
                mean: [1, 0xab, 255],
                checksum: 0xbeef,
            }),
        }
    }

    #[test]
    fn rows_are_read_back() {
        let line = row("a b.jpg", true).to_string();
        assert_eq!(line, "a b.jpg\tdeveloped\t640\t427\t#01abff\t0000beef");
        assert_eq!(Row::parse(&line), Ok(row("a b.jpg", true)));
        let line = row("x.png", false).to_string();
        assert_eq!(line, "x.png\tset aside\t-\t-\t-\t-");
        assert_eq!(Row::parse(&line), Ok(row("x.png", false)));
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for line in [
            "",
            "a.jpg\tdeveloped\t1\t1\t#010203",
            "a.jpg\tdeveloped\t1\t1\t#010203\t00000000\t",
            "a.jpg\tdeveloped\t-1\t1\t#010203\t00000000",
            "a.jpg\tdeveloped\t1\t1\t010203\t00000000",
            "a.jpg\tdeveloped\t1\t1\t#+10203\t00000000",
            "a.jpg\tdeveloped\t1\t1\t#010203\t0",
            "a.jpg\tset aside\t1\t1\t-\t-",
            "a.jpg\tforgotten\t-\t-\t-\t-",
            "\tset aside\t-\t-\t-\t-",
        ] {
            assert_eq!(Row::parse(line), Err(MalformedRow), "{line:?}");
        }
    }

    #[test]
    fn a_catalogue_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(super::FILE);
        write(&path, [row("a.jpg", true), row("b.png", false)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| Row::parse(line).is_ok()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
