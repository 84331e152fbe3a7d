//! The tree: nodes that make messages, pass them on and keep account of them, as the graph of the plan says, and a bank
//! and a shop beside them. How each does its work is in the plan as well.
//!
//! | module | what lives there |
//! |---|---|
//! | `node` | the daemons of the graph, all alike |
//! | `turn` | what a node does with messages |
//! | `talk` | what nodes ask each other |
//! | `pulse` | what nodes perceive of each other |
//! | `account` | what a sink knows of what has arrived |
//! | `bank` | the bank |
//! | `shop`, `threads` | locks that threads, transactions and their daemon share |

mod account;
mod bank;
mod node;
pub mod pulse;
mod shop;
pub mod talk;
mod threads;
mod turn;

use crate::plan::{Plan, Role, mix};
pub use account::Account;
pub use bank::{Bank, BankRef, OPENED, SUM, transfer};
use node::{Ash, Birch, Cedar, Date, Elm, Fir};
pub use node::{Said, await_said};
use perennial::prelude::*;
pub use shop::{Shop, Till};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// The names of all daemons; those of the graph come first.
pub const DAEMONS: [&str; 8] = ["Ash", "Birch", "Cedar", "Date", "Elm", "Fir", "Bank", "Shop"];

/// The variable that says what a member of the daemons' memory cgroup writes to, if there is one.
pub const MEMBERS: &str = "CHAOS_MEMBERS";

/// Messages that a ring holds.
const RING: usize = 64;

/// One message.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The node that made it.
    pub origin: u8,
    /// The way that it has come: see [`graph::Path`](crate::graph::Path).
    pub path: u32,
    /// Its number among those of its origin.
    pub number: u64,
    /// What follows from seed, origin and number, and what was made of it on the way.
    pub word: u64,
}

/// Why a turn came to nothing.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// There was nothing to do.
    Empty,
    /// There was no room for what would come of it.
    Full,
    /// Who waited for room was asked to stop.
    Stopped,
}

/// What the daemons know before they are forked.
pub struct Setup {
    plan: Plan,
    start: Instant,
    /// What makes a daemon a member of the group for which memory becomes scarce, if there is one.
    members: Option<PathBuf>,
}

impl Setup {
    /// What the daemon is to know. Comes before all else in its life.
    fn of<S: perennial::state::State>(me: &Handle<S>) -> Result<&'static Self, Error> {
        let setup: &Self = me.setup().ok_or_else(|| Error::new("the set-up hook left no plan"))?;
        if let Some(members) = &setup.members {
            enter(members);
        }
        Ok(setup)
    }

    fn is_over(&self) -> bool {
        self.start.elapsed() >= self.plan.time
    }
}

/// Reads what the plan follows from: `run SEED MILLISECONDS [DEFECT]`.
fn read() -> Result<Setup, Error> {
    let words: Vec<String> = perennial::arguments().map(|word| word.to_string_lossy().into_owned()).collect();
    let [seed, time, rest @ ..] = words.as_slice() else { return Err(Error::new("`run` is not for people")) };
    let defect = rest.first().map(|name| name.parse()).transpose().map_err(|why: String| Error::new(why))?;
    let plan = Plan::new(seed.parse()?, Duration::ZERO, defect);
    Ok(Setup {
        plan: Plan { time: Duration::from_millis(time.parse()?), ..plan },
        start: Instant::now(),
        members: std::env::var_os(MEMBERS).map(PathBuf::from),
    })
}

/// Enters the group for which memory becomes scarce, with all transactions to come. How dear this daemon is to the kernel is
/// left to chance, so that it is not the largest that is killed every time.
fn enter(members: &Path) {
    let score = [b'0' + chance(10) as u8, b'0' + chance(10) as u8, b'0'];
    // In vain where there are no descriptors: then it is another's turn.
    let _ = std::fs::write("/proc/self/oom_score_adj", score);
    let _ = std::fs::write(members, "0");
}

/// What chance says here and now, of `of`: not of the plan, since the same turn must end well when it is tried again.
fn chance(of: u64) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills in a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    mix(now.tv_nsec as u64, u64::from(std::process::id())) % of
}

/// What may come over a transaction by itself.
fn mishap(role: Role) {
    if chance(1000) >= role.mishaps {
        return;
    }
    match chance(5) {
        0 => std::process::abort(),
        1 => panic!("a mishap"),
        2 => std::process::exit(3),
        // SAFETY: kills this process, which is a transaction.
        3 => unsafe {
            libc::kill(libc::getpid(), libc::SIGSEGV);
        },
        _ => loop {
            // Until its time is up.
            core::hint::spin_loop();
        },
    }
}

/// Rests for a moment, if it is so; nobody need be woken for that.
fn rest(role: Role) {
    if chance(1000) < role.rests {
        std::thread::sleep(Duration::from_micros(chance(3000)));
    }
}

// Every node to every other one, and once to the next three together; `graph::waits` says who waits.
root! {
    name = "chaos";
    mem = "16MiB";
    setup = read;
    daemons: [Ash, Birch, Cedar, Date, Elm, Fir, Bank, Shop];
    rings: [
        Ash.to1 -> Birch.from1 (attempts = 1_000_000_000),
        Ash.to2 -> Cedar.from2 (full = wait, attempts = 1_000_000_000),
        Ash.to3 -> Date.from3 (attempts = 1_000_000_000),
        Ash.to4 -> Elm.from4 (full = wait, attempts = 1_000_000_000),
        Ash.to5 -> Fir.from5 (attempts = 1_000_000_000),
        Ash.fan -> [Birch.fan1, Cedar.fan2, Date.fan3] (full = wait, attempts = 1_000_000_000),
        Birch.to1 -> Cedar.from1 (attempts = 1_000_000_000),
        Birch.to2 -> Date.from2 (full = wait, attempts = 1_000_000_000),
        Birch.to3 -> Elm.from3 (attempts = 1_000_000_000),
        Birch.to4 -> Fir.from4 (full = wait, attempts = 1_000_000_000),
        Birch.to5 -> Ash.from5 (attempts = 1_000_000_000),
        Birch.fan -> [Cedar.fan1, Date.fan2, Elm.fan3] (attempts = 1_000_000_000),
        Cedar.to1 -> Date.from1 (attempts = 1_000_000_000),
        Cedar.to2 -> Elm.from2 (full = wait, attempts = 1_000_000_000),
        Cedar.to3 -> Fir.from3 (attempts = 1_000_000_000),
        Cedar.to4 -> Ash.from4 (full = wait, attempts = 1_000_000_000),
        Cedar.to5 -> Birch.from5 (attempts = 1_000_000_000),
        Cedar.fan -> [Date.fan1, Elm.fan2, Fir.fan3] (full = wait, attempts = 1_000_000_000),
        Date.to1 -> Elm.from1 (attempts = 1_000_000_000),
        Date.to2 -> Fir.from2 (full = wait, attempts = 1_000_000_000),
        Date.to3 -> Ash.from3 (attempts = 1_000_000_000),
        Date.to4 -> Birch.from4 (full = wait, attempts = 1_000_000_000),
        Date.to5 -> Cedar.from5 (attempts = 1_000_000_000),
        Date.fan -> [Elm.fan1, Fir.fan2, Ash.fan3] (attempts = 1_000_000_000),
        Elm.to1 -> Fir.from1 (attempts = 1_000_000_000),
        Elm.to2 -> Ash.from2 (full = wait, attempts = 1_000_000_000),
        Elm.to3 -> Birch.from3 (attempts = 1_000_000_000),
        Elm.to4 -> Cedar.from4 (full = wait, attempts = 1_000_000_000),
        Elm.to5 -> Date.from5 (attempts = 1_000_000_000),
        Elm.fan -> [Fir.fan1, Ash.fan2, Birch.fan3] (full = wait, attempts = 1_000_000_000),
        Fir.to1 -> Ash.from1 (attempts = 1_000_000_000),
        Fir.to2 -> Birch.from2 (full = wait, attempts = 1_000_000_000),
        Fir.to3 -> Cedar.from3 (attempts = 1_000_000_000),
        Fir.to4 -> Date.from4 (full = wait, attempts = 1_000_000_000),
        Fir.to5 -> Elm.from5 (attempts = 1_000_000_000),
        Fir.fan -> [Ash.fan1, Birch.fan2, Cedar.fan3] (attempts = 1_000_000_000),
        Ash.asks -> Birch.asked (attempts = 1_000_000_000),
        Birch.replies -> Ash.answers (attempts = 1_000_000_000),
        Ash.pulse -> Birch.inbox,
        Birch.asks -> Cedar.asked (attempts = 1_000_000_000),
        Cedar.replies -> Birch.answers (attempts = 1_000_000_000),
        Birch.pulse -> Cedar.inbox,
        Cedar.asks -> Date.asked (attempts = 1_000_000_000),
        Date.replies -> Cedar.answers (attempts = 1_000_000_000),
        Cedar.pulse -> Date.inbox,
        Date.asks -> Elm.asked (attempts = 1_000_000_000),
        Elm.replies -> Date.answers (attempts = 1_000_000_000),
        Date.pulse -> Elm.inbox,
        Elm.asks -> Fir.asked (attempts = 1_000_000_000),
        Fir.replies -> Elm.answers (attempts = 1_000_000_000),
        Elm.pulse -> Fir.inbox,
        Fir.asks -> Ash.asked (attempts = 1_000_000_000),
        Ash.replies -> Fir.answers (attempts = 1_000_000_000),
        Fir.pulse -> Ash.inbox,
    ];
}

/// Runs the tree.
pub fn run() -> ExitCode {
    main()
}
