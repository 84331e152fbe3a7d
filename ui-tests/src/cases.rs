//! The misuses below `cases/fail`, each with its exemptions from the rules and what the compiler says of it.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders below `cases/fail`: one for each macro.
pub const MACROS: [&str; 5] = ["daemon", "transaction", "message", "plain", "root"];

/// A rule that a case is exempt from, by a line `//! allows: WORD — reason` in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// More than one error.
    Several,
    /// An error at the whole attribute or macro.
    Whole,
    /// rustc's own words, whatever they propose.
    Rustc,
}

/// One misuse.
#[derive(Debug)]
pub struct Case {
    /// Folder and file, such as `daemon/mem_unit`.
    pub name: String,
    /// The program.
    pub source: String,
    /// What the compiler says; empty if nobody has blessed it.
    pub stderr: String,
}

impl Case {
    /// What the misuse is: the first paragraph of the header.
    pub fn title(&self) -> String {
        let header = self.source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
        let own = header.take_while(|line| !line.is_empty() && !line.starts_with("allows:"));
        own.collect::<Vec<_>>().join(" ")
    }

    /// The exemptions that the header claims, or the line that is none.
    ///
    /// # Errors
    /// A line `allows` without a known word or without a reason.
    pub fn allowed(&self) -> Result<Vec<Allowed>, String> {
        let header = self.source.lines().take_while(|line| line.starts_with("//!"));
        header.filter_map(|line| line.strip_prefix("//! allows:")).map(exemption).collect()
    }
}

fn exemption(line: &str) -> Result<Allowed, String> {
    let (word, reason) = line.split_once('—').unwrap_or((line, ""));
    if reason.trim().len() < 10 {
        return Err(format!("`allows:{line}` gives no reason: `//! allows: rustc — why`"));
    }
    match word.trim() {
        "several" => Ok(Allowed::Several),
        "whole" => Ok(Allowed::Whole),
        "rustc" => Ok(Allowed::Rustc),
        other => Err(format!("`allows: {other}` is none of `several`, `whole`, `rustc`")),
    }
}

/// The package's directory.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// All misuses of `of`, by name.
///
/// # Panics
/// If the folder cannot be read, or holds words without a program.
pub fn fail(of: &str) -> Vec<Case> {
    let folder = root().join("cases/fail").join(of);
    for path in files(&folder, "stderr") {
        assert!(path.with_extension("rs").exists(), "{} belongs to no case: remove it", path.display());
    }
    let read = |path: PathBuf| Case {
        name: format!("{of}/{}", path.file_stem().expect("a name").to_string_lossy()),
        source: fs::read_to_string(&path).expect("a case"),
        stderr: fs::read_to_string(path.with_extension("stderr")).unwrap_or_default(),
    };
    files(&folder, "rs").into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(source: &str) -> Result<Vec<Allowed>, String> {
        Case { name: String::new(), source: source.to_owned(), stderr: String::new() }.allowed()
    }

    #[test]
    fn the_title_is_the_first_paragraph() {
        let source = "//! One\n//! thing.\n//! allows: rustc — it is\nfn main() {}\n";
        let case = Case { name: String::new(), source: source.to_owned(), stderr: String::new() };
        assert_eq!(case.title(), "One thing.");
    }

    #[test]
    fn exemptions_need_a_known_word_and_a_reason() {
        assert_eq!(allowed("//! A case.\nfn main() {}"), Ok(vec![]));
        assert_eq!(
            allowed(
                "//! A case.\n//! allows: rustc — a mistake of the body\n//! allows: several — two mistakes\n"
            ),
            Ok(vec![Allowed::Rustc, Allowed::Several])
        );
        assert!(allowed("//! allows: rustc\n").unwrap_err().contains("no reason"));
        assert!(allowed("//! allows: all — because I say so\n").unwrap_err().contains("is none of"));
        assert_eq!(allowed("fn main() {}\n//! allows: rustc\n"), Ok(vec![]), "only the header counts");
    }
}
