//! What a process holds, as the kernel counts it.

use std::fs;
use std::time::Duration;

/// Memory, descriptors and threads of one process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Private writable memory that is mapped, in KiB (`VmData`).
    pub data: u64,
    /// All memory in use, in KiB.
    pub resident: u64,
    /// What of it is private: pages go to and fro between this and shared as children come and go.
    pub private: u64,
    /// What of it is shared.
    pub shared: u64,
    /// Page tables, in KiB.
    pub tables: u64,
    /// Threads.
    pub threads: u64,
    /// Mappings.
    pub mappings: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// The number behind `name:` in a file of `/proc`.
fn value(text: &str, name: &str) -> u64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

impl Usage {
    /// Of process `pid`; `None` when it has ended.
    pub fn of(pid: i32) -> Option<Self> {
        let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
        let (status, memory, maps) = (read("status")?, read("smaps_rollup")?, read("maps")?);
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64;
        let both =
            |name: &str| value(&memory, &format!("{name}_Clean")) + value(&memory, &format!("{name}_Dirty"));
        Some(Self {
            data: value(&status, "VmData"),
            resident: value(&memory, "Rss"),
            private: both("Private"),
            shared: both("Shared"),
            tables: value(&status, "VmPTE"),
            threads: value(&status, "Threads"),
            mappings: maps.lines().count() as u64,
            descriptors,
        })
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            data: self.data.max(other.data),
            resident: self.resident.max(other.resident),
            private: self.private.max(other.private),
            shared: self.shared.max(other.shared),
            tables: self.tables.max(other.tables),
            threads: self.threads.max(other.threads),
            mappings: self.mappings.max(other.mappings),
            descriptors: self.descriptors.max(other.descriptors),
        }
    }
}

/// Memory that is a process's own, in KiB: what it holds alone of mappings that are private. A page of a shared mapping
/// counts as private in [`Usage`] while no other process has touched it. `None` when it has ended.
pub fn own(pid: i32) -> Option<u64> {
    let maps = fs::read_to_string(format!("/proc/{pid}/smaps")).ok()?;
    let (mut sum, mut counts) = (0, false);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("Private_Clean:" | "Private_Dirty:"), Some(kib)) if counts => {
                sum += kib.parse::<u64>().unwrap_or(0);
            }
            // A mapping's own line: its range, then what is allowed there.
            (Some(first), Some(allowed)) if !first.ends_with(':') => counts = allowed.ends_with('p'),
            _ => {}
        }
    }
    Some(sum)
}

/// Where the heap of `brk` of a process begins and ends, as `/proc` tells it: nothing where it has none.
pub fn heap(pid: i32) -> Option<String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    maps.lines().find(|line| line.ends_with("[heap]"))?.split_whitespace().next().map(str::to_owned)
}

/// Processor time of a process so far, to a hundredth of a second.
pub fn worked(pid: i32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let words: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// How often and for how long a process of one thread has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scheduled {
    /// Times that it gave the processor up or lost it.
    pub switches: u64,
    /// Time on the processor.
    pub nanoseconds: u64,
}

/// What the scheduler has counted of process `pid`; `None` when it has ended, or the kernel does not count.
pub fn scheduled(pid: i32) -> Option<Scheduled> {
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
    let (status, times) = (read("status")?, read("schedstat")?);
    Some(Scheduled {
        switches: value(&status, "voluntary_ctxt_switches") + value(&status, "nonvoluntary_ctxt_switches"),
        nanoseconds: times.split_whitespace().next()?.parse().ok()?,
    })
}
