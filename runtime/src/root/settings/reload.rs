//! What root does at SIGHUP. It runs after the seal: no memory, no lock, nothing that could panic.

use super::parse::{Draft, LEVELS};
use super::policy::{KEYS, Policy, write_number, write_text};
use super::{Settings, problem};
use crate::logger::Line;
use crate::root::block::Entry;
use crate::root::supervisor::Supervisor;
use crate::root::time::Time;
use crate::sys::futex;
use core::sync::atomic::Ordering;
use log::{Level, LevelFilter};

impl Supervisor {
    /// Reads the settings again. If they are right, daemons are told as well, whether or not anything has
    /// changed: they may have files of their own to read again.
    pub(in crate::root) fn reload(&mut self) {
        let draft = self.settings.read();
        if draft.problems.count > 0 {
            self.settings.tell_of(&draft);
            return;
        }
        let mut line = self.settings.line(Level::Info);
        self.settings.tell_changes(&draft, &mut line);
        self.settings.adopt(&draft);
        line.log();
        self.settings.publish(self.arenas.block());
        // Who has not been looked at for as long as the old period allowed is not to be judged by the new one.
        self.excuse(Time::now());
        for (entry, doorbell) in self.arenas.block().entries.iter().zip(self.doorbells).take(self.count()) {
            entry.desired.fetch_add(Entry::RELOAD, Ordering::AcqRel);
            futex::wake(&raw const entry.desired);
            crate::daemon::ring(doorbell);
        }
    }
}

impl Settings {
    fn line(&self, level: Level) -> Line {
        Line::new(level).text("settings ").foreign(self.path.to_bytes()).text(": ")
    }

    /// One line for each of the first few problems.
    fn tell_of(&self, draft: &Draft) {
        for problem in draft.problems.told() {
            let mut line = self.line(Level::Error);
            problem.write(&mut line, self.daemons.iter().map(|daemon| daemon.name));
            line.log();
        }
        let mut line = self.line(Level::Error);
        write_text(&mut line, "not taken over, because of ");
        write_number(&mut line, u64::from(draft.problems.count));
        write_text(&mut line, if draft.problems.count == 1 { " error" } else { " errors" });
        if draft.problems.count as usize > problem::TOLD {
            write_text(&mut line, ", of which these are the first");
        }
        write_text(&mut line, "; everything stays as it was");
        line.log();
    }

    /// Writes what `draft` changes.
    pub(super) fn tell_changes(&self, draft: &Draft, out: &mut impl core::fmt::Write) {
        let mut changes = 0;
        let mut next = |out: &mut _| {
            write_text(out, if changes == 0 { "" } else { ", " });
            changes += 1;
        };
        let level = draft.level.unwrap_or(self.usual);
        if level != self.level {
            next(out);
            write_text(out, "log ");
            write_text(out, name(self.level));
            write_text(out, " -> ");
            write_text(out, name(level));
        }
        for ((daemon, old), new) in self.daemons.iter().zip(&self.options).zip(&draft.policies) {
            let old = Policy::of(old);
            for (key, setting) in KEYS {
                let (from, to) = (old.get(key), new.get(key));
                if from != to {
                    next(out);
                    write_text(out, daemon.name);
                    write_text(out, ".");
                    write_text(out, setting);
                    write_text(out, " ");
                    from.write(out);
                    write_text(out, " -> ");
                    to.write(out);
                }
            }
        }
        if changes == 0 {
            write_text(out, "read again, nothing changed");
        }
    }
}

fn name(level: LevelFilter) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
}
