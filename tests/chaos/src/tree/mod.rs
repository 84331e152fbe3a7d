//! The tree: a source, a worker that gets its messages by two rings, two sides that both get what the worker passes on,
//! a sink where they meet, and a bank of its own. How each does its work is in the plan.

mod bank;
mod side;
mod sink;
mod source;
mod worker;

use crate::plan::{Plan, Role, mix};
pub use bank::{Bank, BankRef, OPENED, SUM, transfer};
use perennial::prelude::*;
pub use side::{Left, Right};
pub use sink::{Account, Sink, SinkRef};
pub use source::Source;
use std::process::ExitCode;
use std::time::Instant;
pub use worker::Worker;

/// The names of all daemons.
pub const DAEMONS: [&str; 6] = ["Source", "Worker", "Left", "Right", "Sink", "Bank"];

/// Ways from the source to the worker: by a ring that refuses when it is full, or by one that waits.
pub const LANES: usize = 2;

/// Messages that a ring holds.
const RING: usize = 64;

/// One message.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Its lane.
    pub lane: u8,
    /// Its number among those of its lane.
    pub number: u64,
    /// What follows from seed, lane and number, and what was made of it on the way.
    pub word: u64,
}

impl Parcel {
    fn new(plan: &Plan, lane: usize, number: u64) -> Self {
        let word = mix(plan.seed, number << 1 | lane as u64);
        Self { lane: lane as u8, number, word }
    }

    /// What a daemon makes of it, which is known by `stamp`.
    fn stamped(self, stamp: u64) -> Self {
        Self { word: mix(self.word, stamp), ..self }
    }
}

/// The stamps along the way.
const WORKED: u64 = 1;
/// The left side's; the right side has the next.
const SIDE: u64 = 2;

/// Why a turn came to nothing.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// There was nothing to do.
    Empty,
    /// There was no room for what would come of it.
    Full,
}

/// What the daemons know before they are forked.
pub struct Setup {
    plan: Plan,
    start: Instant,
}

impl Setup {
    fn of<S: perennial::state::State>(me: &Handle<S>) -> Result<&'static Self, Error> {
        me.setup().ok_or_else(|| Error::new("the set-up hook left no plan"))
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
    Ok(Setup { plan: Plan { time: Duration::from_millis(time.parse()?), ..plan }, start: Instant::now() })
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

root! {
    name = "chaos";
    mem = "8MiB";
    setup = read;
    daemons: [Source, Worker, Left, Right, Sink, Bank];
    rings: [
        Source.calm -> Worker.calm (attempts = 1_000_000_000),
        Source.firm -> Worker.firm (full = wait, attempts = 1_000_000_000),
        Worker.out -> [Left.inbox, Right.inbox] (attempts = 1_000_000_000),
        Left.out -> Sink.left (attempts = 1_000_000_000),
        Right.out -> Sink.right (attempts = 1_000_000_000),
    ];
}

/// Runs the tree.
pub fn run() -> ExitCode {
    main()
}
