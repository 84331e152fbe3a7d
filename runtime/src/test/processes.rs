//! The processes of a tree, as the kernel tells of them.

use crate::sys::Errno;
use crate::sys::process::PidFd;
use std::collections::HashMap;
use std::fs;

/// A process of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its PID.
    pub pid: i32,
    /// Its parent's.
    pub parent: i32,
    /// Whether it has ended and was not reaped.
    pub zombie: bool,
}

impl Process {
    /// Sends a signal to this process; says whether it was still there. A successor of its PID is not hit.
    pub fn signal(&self, signal: i32) -> bool {
        let Ok(handle) = PidFd::open(self.pid) else { return false };
        // It is the same process still, now that the descriptor holds it.
        let same = process(self.pid).is_some_and(|now| now.parent == self.parent && !now.zombie);
        same && handle.send(signal) != Err(Errno::ESRCH)
    }
}

pub(super) fn process(pid: i32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows the last one is plain.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    let state = words.next()?;
    let parent = words.next()?.parse().ok()?;
    Some(Process { pid, parent, zombie: matches!(state, "Z" | "X") })
}

/// Whether a process with this PID runs.
pub fn runs(pid: i32) -> bool {
    process(pid).is_some_and(|process| !process.zombie)
}

/// The children of `parent` that have not ended, at little cost. Empty where the kernel does not list them.
pub fn children(parent: i32) -> Vec<Process> {
    let listed = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let pids = listed.split_whitespace().filter_map(|pid| pid.parse().ok());
    pids.filter_map(process).filter(|child| !child.zombie && child.parent == parent).collect()
}

/// `root` and all of its descendants, zombies among them.
///
/// ```
/// let own = std::process::id() as i32;
/// assert!(perennial::test::processes::family(own).iter().any(|process| process.pid == own));
/// ```
pub fn family(root: i32) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let all: HashMap<i32, Process> = pids.filter_map(process).map(|process| (process.pid, process)).collect();
    let belongs = |process: &Process| {
        let mut now = *process;
        // Parents may change while one looks; a family is not deeper than this.
        for _ in 0..16 {
            if now.pid == root {
                return true;
            }
            let Some(parent) = all.get(&now.parent) else { return false };
            now = *parent;
        }
        false
    };
    let mut family: Vec<Process> = all.values().filter(|process| belongs(process)).copied().collect();
    family.sort_by_key(|process| process.pid);
    family
}
