//! `ps`: the tree as it is now.

use super::connect::Running;
use crate::root::{Phase, Tree, exit_code};
use crate::sys::clock;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io::Write;

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
    let _ = writeln!(
        out,
        "{:>8} {:>8}  {:<20} {:>10}  {:<9} {:>8}  {:>9}  {:>14}",
        "PID", "PPID", "NAME", "GENERATION", "STATE", "RESTARTS", "UPTIME", "MEMORY"
    );
    let _ = writeln!(
        out,
        "{:>8} {:>8}  {:<20} {:>10}  {:<9} {:>8}  {:>9}  {:>14}",
        running.root,
        "",
        tree.name,
        1,
        "running",
        0,
        uptime(block.started.load(Ordering::Relaxed)),
        tree.state_size() + tree.slots_size()
    );
    for (daemon, entry) in tree.daemons.iter().zip(&block.entries) {
        let phase = Phase::from_number(entry.phase.load(Ordering::Acquire));
        let alive = matches!(phase, Phase::Running | Phase::Stopping);
        let _ = writeln!(
            out,
            "{:>8} {:>8}  {:<20} {:>10}  {:<9} {:>8}  {:>9}  {:>14}",
            if alive { entry.pid.load(Ordering::Relaxed).to_string() } else { "-".into() },
            running.root,
            format!("  {}", daemon.name),
            entry.generation.load(Ordering::Relaxed),
            phase.name(),
            entry.restarts.load(Ordering::Relaxed),
            if alive { uptime(entry.started.load(Ordering::Relaxed)) } else { "-".into() },
            daemon.layout.total()
        );
    }
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
