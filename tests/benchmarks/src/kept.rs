//! What a section's command printed, and on what machine: a file for each section.

use crate::sections::Section;
use crate::{Result, machine, project};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// The text of such a file: `key: value` lines, an empty one, and the lines of the bench.
#[derive(Debug)]
pub struct Kept {
    name: &'static str,
    text: String,
}

fn file(name: &str) -> PathBuf {
    project().join("tests/benchmarks/results").join(format!("{name}.txt"))
}

impl Kept {
    /// Of what was just measured, with the load before it began.
    pub fn new(section: &Section, load: String, lines: &[&str]) -> Self {
        let mut facts = vec![
            ("command", section.command.to_owned()),
            ("day", machine::day()),
            ("machine", machine::machine()),
            ("compiler", machine::compiler()),
            ("commit", machine::commit()),
            ("load", load),
        ];
        if section.peers {
            facts.push(("peers", machine::peers()));
        }
        let mut text = String::new();
        for (key, value) in facts {
            let _ = writeln!(text, "{key}: {value}");
        }
        let _ = write!(text, "\n{}\n", lines.join("\n"));
        Self { name: section.name, text }
    }

    /// What was kept of a section; `None` where it was never measured.
    pub fn read(section: &Section) -> Option<Self> {
        Some(Self { name: section.name, text: fs::read_to_string(file(section.name)).ok()? })
    }

    /// Keeps it in place of what was kept before.
    pub fn write(&self) -> Result<()> {
        let file = file(self.name);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        // At once: a run that is broken off leaves the old or the new.
        let new = file.with_extension("new");
        fs::write(&new, &self.text)?;
        Ok(fs::rename(new, file)?)
    }

    /// What is noted under `key`.
    pub fn fact(&self, key: &str) -> &str {
        let head = self.text.split("\n\n").next().unwrap_or_default();
        head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).unwrap_or_default()
    }

    /// What the bench printed.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split_once("\n\n").map_or("", |(_, lines)| lines).lines()
    }
}
