//! A storm: SIGKILLs from outside to random daemons and transactions of a tree.
//!
//! It knows nothing of the tree but root's PID, and finds the others where anybody could.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;

/// Kills at random, and counts.
#[derive(Debug)]
pub struct Storm {
    root: i32,
    random: Random,
    /// Daemons killed.
    pub daemons: u64,
    /// Transactions killed.
    pub transactions: u64,
}

impl Storm {
    /// A storm over the tree of this root.
    pub fn over(root: u32, seed: u64) -> Self {
        Self { root: root as i32, random: Random::new(seed), daemons: 0, transactions: 0 }
    }

    /// Kills delivered so far.
    pub fn delivered(&self) -> u64 {
        self.daemons + self.transactions
    }

    /// Kills one process; half of the time a transaction, if one runs.
    pub fn strike(&mut self) {
        let daemons = children(self.root);
        let transactions: Vec<i32> = daemons.iter().flat_map(|&daemon| children(daemon)).collect();
        let (targets, count) = if !transactions.is_empty() && self.random.below(2) == 0 {
            (transactions, &mut self.transactions)
        } else {
            (daemons, &mut self.daemons)
        };
        let Some(&target) = targets.get(self.random.below(targets.len().max(1) as u64) as usize) else {
            return;
        };
        // It may have ended since; a kill that found nobody was not delivered.
        if kill(Pid::from_raw(target), Signal::SIGKILL).is_ok() {
            *count += 1;
        }
    }
}

/// The children of a process of one thread; dead ones that nobody has reaped yet are among them.
fn children(of: i32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).filter(|&pid| is_alive(pid)).collect()
}

/// Behind the name in parentheses, which may hold anything, follows the state.
fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Random numbers from a seed: xorshift (Marsaglia 2003).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        // Spread, since neighbouring seeds begin alike; and never zero, which would stay so.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`, which is small.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The low bits alone are the weakest.
        (self.0 >> 16) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, Storm, is_alive};
    use std::io::Read;
    use std::process::{Command, Stdio};

    #[test]
    fn a_child_is_hit_and_counted() {
        // Under a shell, since other tests may have children of this process.
        let mut shell = Command::new("sh")
            .args(["-c", "cat; echo $?"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut storm = Storm::over(shell.id(), 1);
        while storm.delivered() == 0 {
            storm.strike();
        }
        let mut code = String::new();
        shell.stdout.take().unwrap().read_to_string(&mut code).unwrap();
        assert_eq!((code.trim(), storm.daemons, storm.transactions), ("137", 1, 0));
        let pid = shell.id() as i32;
        shell.wait().unwrap();
        assert!(!is_alive(pid) && is_alive(std::process::id() as i32));
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let numbers = |seed| {
            std::iter::repeat_with(move || seed).take(8).scan(Random::new(seed), |r, _| Some(r.below(100)))
        };
        assert!(numbers(1).eq(numbers(1)) && !numbers(1).eq(numbers(2)));
        assert!(numbers(0).all(|number| number < 100));
    }
}
