//! How a tree ended, and everything that it said.

use super::Directory;

/// How a tree ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that ended it otherwise.
    pub signal: Option<i32>,
    /// All lines of all of its processes.
    pub lines: Vec<String>,
    /// Its runtime directory.
    pub directory: Directory,
}

impl Ended {
    /// The lines that contain `part`.
    pub fn with<'a>(&'a self, part: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.lines.iter().map(String::as_str).filter(move |line| line.contains(part))
    }

    /// The last line that contains `part`.
    ///
    /// # Panics
    /// When there is none.
    pub fn last(&self, part: &str) -> &str {
        let found = self.lines.iter().rev().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no line says `{part}`:\n{}", self.lines.join("\n")))
    }
}
