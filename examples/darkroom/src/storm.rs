//! A storm: SIGKILLs from outside to processes of a tree, chosen at random.
//!
//! It knows nothing of the tree but root's PID. What it may hit are root's children, the daemons,
//! and theirs, the transactions; it finds them in `/proc`, as any other process could.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// Kills at random, and counts.
#[derive(Debug)]
pub struct Storm {
    root: u32,
    random: u64,
    /// Daemons killed.
    pub daemons: u64,
    /// Transactions killed.
    pub transactions: u64,
}

/// A process that lives, with its parent.
#[derive(Debug, Clone, Copy)]
struct Process {
    pid: u32,
    parent: u32,
}

impl Storm {
    /// A storm over the tree of this root.
    pub fn over(root: u32) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self { root, random: now.map_or(1, |now| now.as_nanos() as u64) | 1, daemons: 0, transactions: 0 }
    }

    /// Kills delivered so far.
    pub fn delivered(&self) -> u64 {
        self.daemons + self.transactions
    }

    /// Kills one process; half of the time a transaction, if one runs.
    pub fn strike(&mut self) {
        let all = processes();
        let of = |parent: u32| all.iter().filter(move |process| process.parent == parent);
        let daemons: Vec<u32> = of(self.root).map(|process| process.pid).collect();
        let transactions: Vec<u32> =
            daemons.iter().flat_map(|&daemon| of(daemon)).map(|process| process.pid).collect();
        let random = self.next();
        let (targets, count) = if !transactions.is_empty() && random & 1 == 0 {
            (transactions, &mut self.transactions)
        } else {
            (daemons, &mut self.daemons)
        };
        // Which bit chose the list must not choose the target as well.
        let Some(&target) = targets.get((random >> 1) as usize % targets.len().max(1)) else {
            return;
        };
        // It may have ended since; a kill that found nobody was not delivered.
        if kill(Pid::from_raw(target as i32), Signal::SIGKILL).is_ok() {
            *count += 1;
        }
    }

    /// Xorshift (Marsaglia 2003).
    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

/// Every process that is neither dead nor dying.
fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            parse(pid, &stat)
        })
        .collect()
}

/// Reads a line of `/proc/PID/stat`: behind the name in parentheses, which may hold anything,
/// follow state and parent.
fn parse(pid: u32, stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_ascii_whitespace();
    let state = words.next()?;
    let parent = words.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(Process { pid, parent })
}

#[cfg(test)]
mod tests {
    use super::{Storm, parse};
    use std::io::Read;
    use std::process::{Command, Stdio};

    #[test]
    fn a_child_is_hit_and_counted() {
        // Under a shell, since other tests have children of this process.
        let mut shell = Command::new("sh")
            .args(["-c", "cat; echo $?"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut storm = Storm::over(shell.id());
        while storm.delivered() == 0 {
            storm.strike();
        }
        let mut code = String::new();
        shell.stdout.take().unwrap().read_to_string(&mut code).unwrap();
        shell.wait().unwrap();
        assert_eq!((code.trim(), storm.daemons), ("137", 1));
    }

    #[test]
    fn the_dead_are_left_alone() {
        assert_eq!(parse(7, "7 (a) b) R 3 7").map(|p| p.parent), Some(3));
        assert!(parse(7, "7 (gone) Z 3 7").is_none());
        assert!(parse(7, "").is_none());
    }
}
