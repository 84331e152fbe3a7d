//! The status of the tree in the log, which SIGQUIT asks for. It runs in root after the seal: no memory, no lock,
//! nothing that could panic.

use super::block::{Entry, Phase};
use super::supervisor::Supervisor;
use crate::daemon::{Activity, Core, Ended};
use crate::failure::signal_name;
use crate::logger::Line;
use crate::sys::clock;
use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;
use log::Level;

/// How the last incarnation of a daemon ended, for people.
pub(crate) struct Ending {
    ended: Ended,
    detail: i32,
}

impl Ending {
    /// As root noted it.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            ended: Ended::from_number(entry.ended.load(Ordering::Acquire)),
            detail: entry.ended_detail.load(Ordering::Acquire) as i32,
        }
    }

    /// Writes it in as few words as there are: `crashed SIGSEGV`, `exited 3`, `returned an error`; `-` as long as
    /// nothing is known.
    pub(crate) fn write(&self, out: &mut impl fmt::Write) {
        let mut put = |text| {
            // The writers that this is for cut off what does not fit.
            let _ = out.write_str(text);
        };
        match self.ended {
            Ended::Unknown => put("-"),
            Ended::Crashed | Ended::Killed => {
                put(if self.ended == Ended::Crashed { "crashed" } else { "killed" });
                if self.detail != 0 {
                    put(" ");
                    match signal_name(self.detail) {
                        "unknown signal" => {
                            put("signal ");
                            super::settings::write_number(out, u64::from(self.detail.unsigned_abs()));
                        }
                        name => put(name),
                    }
                }
            }
            Ended::Exited => {
                put("exited ");
                super::settings::write_number(out, u64::from(self.detail.unsigned_abs()));
            }
            Ended::Unready => put("not ready in time"),
            ended @ (Ended::Done | Ended::Failed | Ended::Panicked | Ended::Stillborn | Ended::Hung) => {
                put(ended.describe());
            }
        }
    }
}

impl Supervisor {
    /// Writes one line for root and one for each daemon.
    pub(super) fn report_status(&self) {
        let block = self.arenas.block();
        let now = clock::monotonic();
        let since = |started: u64| now.saturating_sub(Duration::from_nanos(started));
        let line = Line::new(Level::Info).text("status of ").text(self.tree.name).text(": ");
        let line = line.text(if self.stopping.is_some() { "stopping" } else { "running" });
        let line = line.text(", up ").time(since(block.started.load(Ordering::Relaxed)));
        let line = line.text(", ").number(self.count() as u64).text(" daemons, ");
        line.number(block.allocations.load(Ordering::Relaxed))
            .text(" calls of the heap since the seal")
            .log();

        let daemons = self.tree.daemons.iter().zip(&block.entries).take(self.count());
        for (index, (daemon, entry)) in daemons.enumerate() {
            let header = self.header(index);
            let ready = header.ready.load(Ordering::Relaxed) == 1;
            let phase = Phase::from_number(entry.phase.load(Ordering::Acquire)).seen(ready);
            let line = Line::new(Level::Info).text("status of ").text(daemon.name).text(": ");
            let line = line.text(phase.name());
            let line = line.text(", generation ").number(entry.generation.load(Ordering::Relaxed));
            let line = if phase.is_alive() {
                let line = line.text(", pid ").number(entry.pid.load(Ordering::Relaxed));
                let line = line.text(", up ").time(since(entry.started.load(Ordering::Relaxed)));
                let line = line.text(if ready { ", ready" } else { ", not ready" });
                let line = line.text(", ").text(doing(
                    header.waiting.load(Ordering::Relaxed),
                    Activity::from_number(header.activity.load(Ordering::Relaxed)),
                ));
                line.text(", heartbeat ").number(header.heartbeat.load(Ordering::Relaxed))
            } else {
                line
            };
            let line = line.text(", restarts ").number(entry.restarts.load(Ordering::Relaxed));
            let mut line = line.text(", last end: ");
            Ending::of(entry).write(&mut line);
            line.log();
        }
    }
}

/// What a daemon does, by how it says that it waits and what else it says.
fn doing(waiting: u32, activity: Activity) -> &'static str {
    match (Core::how(waiting), activity) {
        (_, Activity::InFlight) => "waiting for a transaction",
        (_, Activity::Updating) => "inside `update`",
        (_, Activity::Handling) => "in a signal handler while it waits",
        (1, _) => "waiting for messages, room or a request",
        (2.., _) => "waiting for descriptors",
        (0, Activity::Recovering) => "being born",
        (0, _) => "running",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_in_few_words() {
        let shown = |ended, detail| {
            let mut text = String::new();
            Ending { ended, detail }.write(&mut text);
            text
        };
        assert_eq!(shown(Ended::Unknown, 0), "-");
        assert_eq!(shown(Ended::Crashed, libc::SIGSEGV), "crashed SIGSEGV");
        assert_eq!(shown(Ended::Killed, libc::SIGKILL), "killed SIGKILL");
        assert_eq!(shown(Ended::Killed, 40), "killed signal 40");
        assert_eq!(shown(Ended::Exited, 3), "exited 3");
        assert_eq!(shown(Ended::Hung, libc::SIGABRT), "hung");
        assert_eq!(shown(Ended::Failed, 0), "returned an error");
    }
}
