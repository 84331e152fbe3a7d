//! Where the time of a figure goes that is mostly the kernel's: the bench runs under `perf record`, and what happened
//! between one event of the scheduler or a system call and the next is a part of it. All parts together are the whole.

use crate::trace::{Event, Kind, events};
use crate::{Result, project};
use std::path::Path;
use std::process::{Command, Stdio};

const EVENTS: &str = "signal:signal_generate,sched:sched_wakeup,sched:sched_switch,sched:sched_process_fork,\
                      raw_syscalls:sys_enter,raw_syscalls:sys_exit,exceptions:page_fault_user";
/// `clone`, `fork` and `clone3` on this processor.
const FORKS: [i64; 3] = [libc::SYS_clone, libc::SYS_fork, libc::SYS_clone3];
/// What the bench sleeps with between two measurements.
const SLEEPS: [i64; 2] = [libc::SYS_nanosleep, libc::SYS_clock_nanosleep];

/// The parts of one time that was measured, which began at that event, if the events tell them.
type Follow = fn(&[Event], usize) -> Option<Vec<Part>>;

/// A figure of the bench `figures` that can be taken apart; its right side is always a bare fork.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    /// The figure.
    pub name: &'static str,
    parts: Follow,
}

/// All that can be.
pub const TIMELINES: [Timeline; 5] = [
    Timeline { name: "restart", parts: restart },
    Timeline { name: "restart_crash", parts: restart_crash },
    Timeline { name: "retry", parts: retry },
    Timeline { name: "fork_64B_answer", parts: answer },
    Timeline { name: "fork_256x64B_answer", parts: answer },
];

/// What happened between two moments.
struct Part {
    name: &'static str,
    nanoseconds: u64,
    faults: usize,
    calls: usize,
    /// Time in those.
    called: u64,
}

/// Measures the figure once more and prints the parts of both sides, for 4 MiB of state.
pub fn tell(timeline: &Timeline) -> Result<()> {
    let file = std::env::temp_dir().join(format!("perennial-timeline-{}", std::process::id()));
    let told = record(timeline.name, &file).and_then(|()| {
        let events = events(&file)?;
        print(timeline.name, timeline.parts, &events)?;
        print("bare_fork", bare_fork, &events)
    });
    let _ = std::fs::remove_file(&file);
    told
}

fn record(figure: &str, file: &Path) -> Result<()> {
    let bench = ["cargo", "bench", "-p", "perennial-figures", "--bench", "figures", "--", "run", figure];
    let status = Command::new("perf")
        .args([
            "record",
            "--quiet",
            "--all-cpus",
            "--mmap-pages",
            "4096",
            "--event",
            EVENTS,
            "--exclude-perf",
            "--output",
        ])
        .arg(file)
        .arg("--")
        .args(bench)
        .env("FIGURES_SIZE", "4MiB")
        .current_dir(project())
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("perf: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`perf record` ended with {status}").into()) }
}

fn print(name: &str, follow: Follow, events: &[Event]) -> Result<()> {
    let mut times: Vec<Vec<Part>> = (0..events.len()).filter_map(|at| follow(events, at)).collect();
    let found = times.len();
    if found < 10 {
        return Err(format!("only {found} times were found in the trace").into());
    }
    // Means of parts add up to the mean of the whole; the fastest and the slowest quarter would bend them.
    times.sort_by_key(|parts| parts.iter().map(|part| part.nanoseconds).sum::<u64>());
    let middle = &times[found / 4..found - found / 4];
    let mean = |n: usize, value: fn(&Part) -> u64| {
        middle.iter().map(|parts| value(&parts[n])).sum::<u64>() as f64 / middle.len() as f64
    };
    let of = |n| mean(n, |part| part.nanoseconds) / 1000.0;
    let whole: f64 = (0..middle[0].len()).map(of).sum();
    println!("timeline {name}: {whole:.1} us, mean of the middle half of {found} times");
    for (n, part) in middle[0].iter().enumerate() {
        println!(
            "{:7.1} us {:3.0} %  {} ({:.0} system calls of {:.1} us, {:.0} page faults)",
            of(n),
            of(n) * 100.0 / whole,
            part.name,
            mean(n, |part| part.calls as u64),
            mean(n, |part| part.called) / 1000.0,
            mean(n, |part| part.faults as u64)
        );
    }
    Ok(())
}

/// Follows a row of moments, each of which comes after the one before.
struct Row<'a> {
    events: &'a [Event],
    at: usize,
    parts: Vec<Part>,
}

impl Row<'_> {
    /// Goes on to the next event that `is` the wanted one, no more than so many after this one; what `task` does
    /// meanwhile is noted.
    fn until(&mut self, name: &'static str, task: u32, is: impl Fn(&Event) -> bool) -> Option<Event> {
        const FARTHEST: usize = 2000;
        let behind = self.events[self.at + 1..].iter().take(FARTHEST);
        let to = self.at + 1 + behind.into_iter().position(is)?;
        let between = &self.events[self.at..=to];
        let (mut faults, mut calls, mut called, mut since) = (0, 0, 0, None);
        for event in between.iter().filter(|event| event.task == task) {
            match event.kind {
                Kind::Fault => faults += 1,
                Kind::Enter(_) => since = Some(event.time),
                Kind::Exit(_) => {
                    if let Some(since) = since.take() {
                        calls += 1;
                        called += event.time - since;
                    }
                }
                _ => {}
            }
        }
        let nanoseconds = self.events[to].time - self.events[self.at].time;
        self.parts.push(Part { name, nanoseconds, faults, calls, called });
        self.at = to;
        Some(self.events[to])
    }
}

fn begins(events: &[Event], at: usize) -> Row<'_> {
    Row { events, at, parts: Vec::new() }
}

fn enters(task: u32, calls: &'static [i64]) -> impl Fn(&Event) -> bool {
    move |event| event.task == task && matches!(event.kind, Kind::Enter(call) if calls.contains(&call))
}

fn runs(task: u32) -> impl Fn(&Event) -> bool {
    move |event| matches!(event.kind, Kind::Switch(_, next) if next == task)
}

fn wakes(task: u32) -> impl Fn(&Event) -> bool {
    move |event| matches!(event.kind, Kind::Wake(woken) if woken == task)
}

fn wakes_any(task: u32) -> impl Fn(&Event) -> bool {
    move |event| event.task == task && matches!(event.kind, Kind::Wake(_))
}

fn leaves(task: u32) -> impl Fn(&Event) -> bool {
    move |event| event.task == task && matches!(event.kind, Kind::Exit(_))
}

/// The next fork behind `at`: who, and the child.
fn next_fork(events: &[Event], at: usize) -> Option<(u32, u32)> {
    events[at..].iter().take(2000).find_map(|event| match event.kind {
        Kind::Fork(child) => Some((event.task, child)),
        _ => None,
    })
}

/// From the signal that kills a daemon until its successor's `run` wakes who waits for that.
fn restart(events: &[Event], at: usize) -> Option<Vec<Part>> {
    let Kind::Signal(libc::SIGKILL, daemon) = events[at].kind else { return None };
    let driver = events[at].task;
    let (root, newborn) = next_fork(events, at)?;
    // Root sends the same signal to what the dead may have left.
    if driver == root {
        return None;
    }
    let mut row = begins(events, at);
    row.until("the daemon is scheduled", driver, runs(daemon))?;
    row.until("the daemon dies, as far as its last word", daemon, wakes(root))?;
    succeeds(row, root, newborn)
}

/// From the instruction with which a daemon crashes.
fn restart_crash(events: &[Event], at: usize) -> Option<Vec<Part>> {
    let daemon = crashed(events, at)?;
    let (root, newborn) = next_fork(events, at)?;
    let mut row = begins(events, at);
    row.until("the daemon reports and dies, as far as its last word", daemon, wakes(root))?;
    succeeds(row, root, newborn)
}

/// What root and the newborn do.
fn succeeds(mut row: Row<'_>, root: u32, newborn: u32) -> Option<Vec<Part>> {
    row.until("root is scheduled", root, runs(root))?;
    row.until("root learns who died and of what, decides, tells", root, enters(root, &FORKS))?;
    row.until("root forks", root, leaves(root))?;
    row.until("the newborn is scheduled", root, runs(newborn))?;
    row.until("the newborn maps, recovers and enters `run`", newborn, wakes_any(newborn))?;
    Some(row.parts)
}

/// The process that crashes at that event, and has not just done so before: its handler raises the signal again.
fn crashed(events: &[Event], at: usize) -> Option<u32> {
    let is_crash = |event: &Event| matches!(event.kind, Kind::Signal(libc::SIGSEGV, of) if of == event.task);
    let event = events[at];
    let before =
        events[at.saturating_sub(2000)..at].iter().any(|one| one.task == event.task && is_crash(one));
    (is_crash(&event) && !before).then_some(event.task)
}

/// From the instruction with which a transaction crashes until the next attempt says that it has begun.
fn retry(events: &[Event], at: usize) -> Option<Vec<Part>> {
    let child = crashed(events, at)?;
    let (daemon, next) = next_fork(events, at)?;
    let mut row = begins(events, at);
    row.until("the child reports, as far as its last word", child, wakes(daemon))?;
    row.until("the daemon is scheduled", child, runs(daemon))?;
    row.until("the daemon learns of what, decides", daemon, enters(daemon, &FORKS))?;
    row.until("the daemon forks", daemon, leaves(daemon))?;
    row.until("the next attempt is scheduled", daemon, runs(next))?;
    row.until("the next attempt registers and calls the function", next, enters(next, &[libc::SYS_getpgid]))?;
    Some(row.parts)
}

/// From the end of a daemon's sleep until it sleeps again: one transaction.
fn answer(events: &[Event], at: usize) -> Option<Vec<Part>> {
    let Kind::Exit(call) = events[at].kind else { return None };
    let daemon = events[at].task;
    let (parent, child) = next_fork(events, at)?;
    let sleeps = enters(daemon, &SLEEPS);
    // A signal may end a sleep before its time, and then the daemon sleeps on.
    let forks = |event: &&Event| event.task != daemon || !matches!(event.kind, Kind::Fork(_));
    let again = events[at..].iter().take_while(forks).any(sleeps);
    if !SLEEPS.contains(&call) || parent != daemon || again {
        return None;
    }
    let mut row = begins(events, at);
    row.until("the daemon prepares a slot", daemon, enters(daemon, &FORKS))?;
    row.until("the daemon forks", daemon, leaves(daemon))?;
    row.until("the child is scheduled", daemon, runs(child))?;
    // A bare fork, which begins after a rest as well, never comes to that.
    row.until("the child registers and works", child, enters(child, &[libc::SYS_futex]))?;
    row.until("the child announces", child, wakes(daemon))?;
    row.until("the daemon is scheduled", child, runs(daemon))?;
    row.until("the daemon verifies, commits and answers", daemon, enters(daemon, &SLEEPS))?;
    Some(row.parts)
}

/// From a fork to the end of the wait for the child, which ends at once.
fn bare_fork(events: &[Event], at: usize) -> Option<Vec<Part>> {
    let Kind::Enter(call) = events[at].kind else { return None };
    let daemon = events[at].task;
    let (parent, child) = next_fork(events, at)?;
    if !FORKS.contains(&call) || parent != daemon {
        return None;
    }
    let mut row = begins(events, at);
    row.until("the daemon forks", daemon, leaves(daemon))?;
    row.until("the daemon waits", daemon, enters(daemon, &[libc::SYS_wait4]))?;
    row.until("the child is scheduled", daemon, runs(child))?;
    row.until("the child ends", child, enters(child, &[libc::SYS_exit_group]))?;
    row.until("the kernel takes it down", child, wakes(daemon))?;
    row.until("the daemon is scheduled", child, runs(daemon))?;
    row.until("the daemon goes on", daemon, leaves(daemon))?;
    Some(row.parts)
}
