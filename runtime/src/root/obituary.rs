//! What root finds out about a death: how the daemon ended, for its successor, and one line for the log that names
//! cause and place.
//!
//! What the dead process has written is copied once, bounded, and shown as bytes: root trusts none of it.

use super::child::State;
use super::supervisor::Supervisor;
use super::told::Told;
use crate::daemon::{Activity, Ended};
use crate::failure::signal_name;
use crate::logger::Line;
use crate::sys::process::{self, Exit};
use core::sync::atomic::Ordering;
use log::Level;

/// How a daemon ended.
pub struct Obituary {
    /// In one word.
    pub ended: Ended,
    /// The signal or the exit code that goes with it.
    pub detail: i32,
    /// Whether it had become ready.
    pub ready: bool,
    told: Told,
    activity: Activity,
}

impl Supervisor {
    /// Finds out how daemon `index` ended; tells its successor and the tools.
    pub(super) fn examine(&self, index: usize) -> Obituary {
        let (child, header, entry) = (self.child(index), self.header(index), self.entry(index));
        // SAFETY: the report lies in the header, in the mapping that root keeps; its writer is dead.
        let told = unsafe { Told::take(header.report.get()) };
        let said = Ended::from_number(header.outcome.swap(0, Ordering::AcqRel));
        let sentence = child.watch.sentence;
        let (ended, detail) = if sentence != Ended::Unknown {
            (sentence, 0)
        } else if matches!(said, Ended::Done | Ended::Failed | Ended::Panicked | Ended::Stillborn) {
            (said, 0)
        } else if let Some(crash) = told.crash() {
            (Ended::Crashed, crash.signal)
        } else {
            match process::exit_status(child.pid) {
                Some(Exit::Code(code)) => (Ended::Exited, code),
                Some(Exit::Signal(signal)) => (Ended::Killed, signal),
                None => (Ended::Unknown, 0),
            }
        };
        entry.ended.store(ended as u32, Ordering::Release);
        entry.ended_detail.store(detail as u32, Ordering::Release);
        self.tell_death(index, ended, detail);
        Obituary {
            ended,
            detail,
            ready: header.ready.load(Ordering::Acquire) != 0,
            told,
            activity: Activity::from_number(header.activity.load(Ordering::Relaxed)),
        }
    }

    /// Goes once for each newborn the way that [`examine`](Self::examine) goes when it has died, while nobody waits
    /// for it: the kernel keeps the names in `/proc` that it has made for it, which is most of the work.
    pub(super) fn know_the_way(&mut self) {
        for index in 0..self.count() {
            let child = self.child_mut(index);
            if child.state == State::Running && !child.path_known {
                let _ = process::exit_status(child.pid);
                child.path_known = true;
            }
        }
    }
}

impl Obituary {
    /// The beginning of a line that says who ended, how and where.
    pub fn line(&self, level: Level, name: &str, pid: i32) -> Line {
        let line = Line::new(level).text(name).text(" [").signed(pid).text("] ").text(self.ended.describe());
        let line = match self.ended {
            Ended::Killed => line.text(" by ").text(signal_name(self.detail)),
            Ended::Exited => line.text("(").signed(self.detail).text(")"),
            Ended::Panicked => {
                line.text(" at ").foreign(self.told.place()).text(": ").foreign(self.told.message())
            }
            Ended::Crashed | Ended::Hung | Ended::Unready => line,
            Ended::Unknown | Ended::Done | Ended::Failed | Ended::Stillborn => return self.end(line),
        };
        let line = match (self.ended, self.told.crash()) {
            (Ended::Crashed | Ended::Hung | Ended::Unready, Some(crash)) => {
                let line = line.text(": ").text(signal_name(crash.signal));
                let line = line.text(" (code ").signed(crash.code).text(")");
                let line = if crash.code > 0 { line.text(" at address ").hex(crash.address) } else { line };
                line.text(", instruction ").hex(crash.instruction)
            }
            _ => line,
        };
        let line = line.text(", ").text(self.activity.describe());
        self.end(line)
    }

    fn end(&self, line: Line) -> Line {
        let early = !self.ready && !matches!(self.ended, Ended::Unready | Ended::Done);
        if early { line.text(", before it was ready") } else { line }
    }
}
