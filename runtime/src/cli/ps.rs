//! `ps`: the tree as it is now, and its rings.

use super::connect::Running;
use crate::root::{Ending, Phase, Tree, exit_code};
use crate::sys::clock;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io::Write;

/// One line, as it is shown.
struct Row {
    pid: String,
    parent: String,
    name: String,
    generation: String,
    state: &'static str,
    restarts: String,
    ready: &'static str,
    uptime: String,
    memory: String,
    /// Last, since it may be of several words.
    last_end: String,
}

impl Row {
    fn print(&self, out: &mut impl Write) {
        // A reader that has gone is no error.
        let _ = writeln!(
            out,
            "{:>8} {:>8}  {:<20} {:>10}  {:<9} {:>8}  {:<5} {:>9}  {:>14}  {}",
            self.pid,
            self.parent,
            self.name,
            self.generation,
            self.state,
            self.restarts,
            self.ready,
            self.uptime,
            self.memory,
            self.last_end
        );
    }
}

/// Prints the tree; returns the exit code.
pub fn ps(tree: &Tree) -> i32 {
    let running = match Running::connect(tree) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("{error}");
            return exit_code::UNAVAILABLE;
        }
    };
    let block = running.block();
    let mut out = std::io::stdout().lock();
    let uptime = |started: u64| show(clock::monotonic().saturating_sub(Duration::from_nanos(started)));
    Row {
        pid: "PID".into(),
        parent: "PPID".into(),
        name: "NAME".into(),
        generation: "GENERATION".into(),
        state: "STATE",
        restarts: "RESTARTS".into(),
        ready: "READY",
        uptime: "UPTIME".into(),
        memory: "MEMORY".into(),
        last_end: "LAST END".into(),
    }
    .print(&mut out);
    Row {
        pid: running.root.to_string(),
        parent: String::new(),
        name: tree.name.into(),
        generation: "1".into(),
        state: "running",
        restarts: "0".into(),
        ready: "-",
        uptime: uptime(block.started.load(Ordering::Relaxed)),
        memory: (tree.state_size() + tree.slots_size()).to_string(),
        last_end: "-".into(),
    }
    .print(&mut out);
    for (index, (daemon, entry)) in tree.daemons.iter().zip(&block.entries).enumerate() {
        let ready =
            running.header(tree, index).is_some_and(|header| header.ready.load(Ordering::Relaxed) == 1);
        let phase = Phase::from_number(entry.phase.load(Ordering::Acquire)).seen(ready);
        let alive = |text: String| if phase.is_alive() { text } else { "-".into() };
        let mut last_end = String::new();
        Ending::of(entry).write(&mut last_end);
        Row {
            pid: alive(entry.pid.load(Ordering::Relaxed).to_string()),
            parent: running.root.to_string(),
            name: format!("  {}", daemon.name),
            generation: entry.generation.load(Ordering::Relaxed).to_string(),
            state: phase.name(),
            restarts: entry.restarts.load(Ordering::Relaxed).to_string(),
            ready: match (phase.is_alive(), ready) {
                (false, _) => "-",
                (true, true) => "yes",
                (true, false) => "no",
            },
            uptime: alive(uptime(entry.started.load(Ordering::Relaxed))),
            memory: daemon.layout.total().to_string(),
            last_end,
        }
        .print(&mut out);
    }
    super::rings::print(tree, &running, &mut out);
    exit_code::DONE
}

fn show(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{}.{:01}s", seconds, time.subsec_millis() / 100),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}
