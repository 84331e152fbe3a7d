//! The separate check behind the last line: it believes the folder, the thumbnails and the
//! catalogue file, and none of the counters of the tree.

use crate::catalogue::{MalformedRow, Row};
use crate::folder::{self, FileName};
use crate::measure::Development;
use crate::thumbnail::{LONGEST, fit, path_of};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;
use thiserror::Error;

/// What the check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audit {
    /// Jobs in the folder.
    pub files: usize,
    /// Files with a developed row and the thumbnail that belongs to it.
    pub thumbnails: usize,
    /// Files with a row that sets them aside.
    pub set_aside: usize,
    /// Files with neither.
    pub lost: usize,
    /// Rows beyond a name's first, rows and thumbnails without a file, and thumbnails of files
    /// set aside.
    pub counted_twice: usize,
}

/// Why the check could not be made.
#[derive(Debug, Error)]
pub enum AuditError {
    /// A folder cannot be read.
    #[error("cannot read a folder to check it; is it still there?")]
    Folder(#[source] io::Error),
    /// The catalogue cannot be read.
    #[error("cannot read the catalogue; was it written?")]
    Catalogue(#[source] io::Error),
    /// A line of the catalogue is no row.
    #[error("line {line} of the catalogue is no row; was it edited?")]
    Row {
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        source: MalformedRow,
    },
}

impl Audit {
    /// Whether every file is accounted for exactly once.
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.counted_twice == 0 && self.files == self.thumbnails + self.set_aside
    }

    /// The last line of a run; the number of restarts is the caller's word.
    pub fn last_line(self, restarts: u64) -> LastLine {
        LastLine { audit: self, restarts }
    }
}

/// Shows the last line of a run.
#[derive(Debug, Clone, Copy)]
pub struct LastLine {
    audit: Audit,
    restarts: u64,
}

impl fmt::Display for LastLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Audit { files, thumbnails, set_aside, lost, counted_twice } = self.audit;
        write!(
            f,
            "darkroom: {files} files, {thumbnails} thumbnails, {set_aside} set aside, \
             {} restarts, {lost} lost, {counted_twice} counted twice",
            self.restarts
        )
    }
}

/// Checks the result of a run.
///
/// # Errors
/// An [`AuditError`] when one of the three cannot be read; a fault in the result is none.
pub fn audit(input: &Path, thumbnails: &Path, catalogue: &Path) -> Result<Audit, AuditError> {
    let files: BTreeSet<String> =
        folder::list(input).map_err(AuditError::Folder)?.names.iter().map(FileName::to_string).collect();
    let mut rows: BTreeMap<String, Vec<Option<Development>>> = BTreeMap::new();
    let text = fs::read_to_string(catalogue).map_err(AuditError::Catalogue)?;
    for (number, line) in text.lines().enumerate() {
        let row = Row::parse(line).map_err(|source| AuditError::Row { line: number + 1, source })?;
        let name = row.name.to_string();
        rows.entry(name).or_default().push(row.development);
    }

    let mut audit = Audit { files: files.len(), ..Audit::default() };
    for (name, rows) in &rows {
        audit.counted_twice += rows.len() - usize::from(files.contains(name));
    }
    let mut set_aside = BTreeSet::new();
    for name in &files {
        // Of several rows the first counts, the others are counted twice already.
        match rows.get(name).and_then(|rows| rows.first()) {
            Some(Some(development)) if belongs(&path_of(thumbnails, name), development) => {
                audit.thumbnails += 1;
            }
            Some(None) => {
                audit.set_aside += 1;
                set_aside.insert(name.as_str());
            }
            _ => audit.lost += 1,
        }
    }
    for entry in fs::read_dir(thumbnails).map_err(AuditError::Folder)? {
        let name = entry.map_err(AuditError::Folder)?.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".png")) else {
            continue;
        };
        if !files.contains(name) || set_aside.contains(name) {
            audit.counted_twice += 1;
        }
    }
    Ok(audit)
}

/// Whether there is a whole PNG file of the size that a thumbnail of this picture has.
fn belongs(path: &Path, development: &Development) -> bool {
    let size = fit(development.width, development.height, LONGEST);
    read_size(path).is_some_and(|found| found == size)
}

/// Reads a PNG file to its end and says its size.
fn read_size(path: &Path) -> Option<(u32, u32)> {
    let file = BufReader::new(File::open(path).ok()?);
    let mut reader = png::Decoder::new(file).read_info().ok()?;
    let size = reader.info().size();
    while reader.next_row().ok()?.is_some() {}
    reader.finish().ok()?;
    Some(size)
}

#[cfg(test)]
mod tests;
