//! What is wrong with a settings file: line, cause and remedy.

use super::policy::{KEYS, write_number, write_text};
use crate::sys::Errno;
use core::fmt;

/// Problems that are told one by one; what is more is counted.
pub(super) const TOLD: usize = 8;

/// Bytes of a wrong word that are told.
const EXCERPT: usize = 48;

/// A word of the file as it is told: printable ASCII, cut to what fits.
#[derive(Clone, Copy)]
pub(super) struct Excerpt {
    bytes: [u8; EXCERPT],
    len: usize,
}

impl Excerpt {
    pub(super) fn of(word: &str) -> Self {
        let mut this = Self { bytes: [0; EXCERPT], len: 0 };
        for (place, byte) in this.bytes.iter_mut().zip(word.bytes()) {
            *place = if matches!(byte, b' '..=b'~') { byte } else { b'?' };
            this.len += 1;
        }
        this
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Time,
    /// More than nothing.
    Period,
    /// The same, or `off`.
    Optional,
    Escalation,
    Level,
}

/// What is wrong.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// The file cannot be read.
    Unreadable(Errno),
    /// It is no regular file.
    NoFile,
    /// It has more bytes than it may.
    TooLarge,
    /// The line has more bytes than it may.
    TooLong,
    /// The line is no text.
    NoText,
    /// The line has no `=`.
    NoValue(Excerpt),
    /// The tree has no such daemon.
    NoDaemon(Excerpt),
    /// There is no such setting.
    NoKey(Excerpt),
    /// It is set already.
    Twice(Excerpt),
    /// The value is none of its kind.
    NoSuch(Excerpt, Kind),
    /// The daemon gives no signs of life, since it is built without a watchdog.
    NoWatchdog(&'static str),
    /// `max_backoff` is less than `backoff`.
    Backoffs(&'static str),
}

/// A problem.
#[derive(Clone, Copy)]
pub(super) struct Problem {
    /// The line from 1 on; 0 for the file.
    pub(super) line: u32,
    /// What is wrong.
    pub(super) what: What,
}

impl Problem {
    /// Writes line, cause and remedy; `daemons` are the names to choose from.
    pub(super) fn write(&self, out: &mut impl fmt::Write, daemons: impl Iterator<Item = &'static str>) {
        if self.line > 0 {
            write_text(out, "line ");
            write_number(out, u64::from(self.line));
            write_text(out, ": ");
        }
        match &self.what {
            What::Unreadable(errno) => {
                write_text(out, "cannot be read: ");
                write_text(out, errno.desc());
                write_text(out, "; make it readable, or name another in PERENNIAL_CONFIG");
            }
            What::NoFile => write_text(out, "is no regular file; write settings into a file"),
            What::TooLarge => {
                write_text(out, "has more than ");
                write_number(out, super::LARGEST);
                write_text(out, " bytes; shorten it");
            }
            What::TooLong => {
                write_text(out, "has more than ");
                write_number(out, super::parse::LONGEST as u64);
                write_text(out, " bytes before its comment; shorten it");
            }
            What::NoText => write_text(out, "is no UTF-8 text; write `key = value`"),
            What::NoValue(word) => {
                quote(out, word);
                write_text(out, " has no `=`; write `key = value`");
            }
            What::NoDaemon(word) => {
                write_text(out, "the tree has no daemon ");
                quote(out, word);
                write_text(out, "; it has ");
                list(out, daemons);
            }
            What::NoKey(word) => {
                write_text(out, "there is no setting ");
                quote(out, word);
                write_text(out, "; write log or DAEMON.KEY with KEY one of ");
                list(out, KEYS.iter().map(|(_, name)| *name));
            }
            What::Twice(word) => {
                quote(out, word);
                write_text(out, " is set in an earlier line already; remove one of them");
            }
            What::NoSuch(word, kind) => {
                quote(out, word);
                write_text(out, kind.remedy());
            }
            What::NoWatchdog(daemon) => {
                write_text(out, daemon);
                write_text(out, " is built without a watchdog; give it one in its #[daemon], ");
                write_text(out, "which may then be changed here");
            }
            What::Backoffs(daemon) => {
                write_text(out, daemon);
                write_text(out, ".max_backoff is less than its backoff; raise it, or lower backoff");
            }
        }
    }
}

impl Kind {
    fn remedy(self) -> &'static str {
        match self {
            Self::Number => " is no whole number up to 4294967295; write one such as 10",
            Self::Time => {
                " is no duration; write a whole number and a unit (ns, us, ms, s, m, h), such as 250ms"
            }
            Self::Period => {
                " is no duration of more than nothing; write a whole number and a unit (ns, us, ms, s, m, h), \
                 such as 10s"
            }
            Self::Optional => {
                " is no duration of more than nothing; write off, or a whole number and a unit \
                 (ns, us, ms, s, m, h), such as 10s"
            }
            Self::Escalation => {
                " is no escalation; write stop, stop(CODE) with a code up to 255, reset or abandon"
            }
            Self::Level => " is no level; write off, error, warn, info, debug or trace",
        }
    }
}

fn quote(out: &mut impl fmt::Write, word: &Excerpt) {
    write_text(out, "`");
    write_text(out, word.as_str());
    write_text(out, "`");
}

fn list(out: &mut impl fmt::Write, words: impl Iterator<Item = &'static str>) {
    for (index, word) in words.enumerate() {
        write_text(out, if index == 0 { "" } else { ", " });
        write_text(out, word);
    }
}

/// The first few problems of a file, and how many there are.
pub(super) struct Problems {
    told: [Option<Problem>; TOLD],
    /// All of them.
    pub(super) count: u32,
}

impl Problems {
    pub(super) const fn none() -> Self {
        Self { told: [None; TOLD], count: 0 }
    }

    pub(super) fn add(&mut self, line: u32, what: What) {
        if let Some(place) = self.told.get_mut(self.count as usize) {
            *place = Some(Problem { line, what });
        }
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn told(&self) -> impl Iterator<Item = &Problem> {
        self.told.iter().flatten()
    }
}
