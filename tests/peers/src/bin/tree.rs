//! Perennial's side: a tree that does what the driver asks for, as the driver has the peers do.

use core::sync::atomic::Ordering::SeqCst;
use perennial::prelude::*;
use perennial_peers::bench::sys;
use perennial_peers::shared::{Job, shared};

/// Elements of the state: 4 MiB, as many as the databases have rows.
const CELLS: usize = 65_536;
/// Transactions in a batch.
const CALLS: u64 = 16;
/// Rounds of a message in a batch.
const ROUNDS: u64 = 100;
/// Commits in a batch.
const COMMITS: u64 = 4096;

/// A message of a cache line.
#[message]
#[derive(Clone, Copy)]
pub struct Line([u8; 64]);

/// Does the work.
#[daemon(mem = "8MiB", record = "64KiB")]
pub struct Worker {
    cells: Array<[u8; 64], CELLS>,
    out: Producer<Line, 16>,
    back: Consumer<Line, 16>,
}

/// Sends every message back.
#[daemon(mem = "256KiB")]
pub struct Echo {
    out: Consumer<Line, 16>,
    back: Producer<Line, 16>,
}

/// Is killed, and started again.
#[daemon(mem = "64KiB", max_restarts = 1_000_000, within = "1ms")]
pub struct Victim;

impl Worker {
    #[transaction(timeout = "10s")]
    fn put(cells: &mut Array<[u8; 64], CELLS>, n: u64) -> Result<(), ()> {
        cells.set(n.wrapping_mul(0x9e37_79b9) % CELLS as u64, [n as u8; 64]).map_err(drop)
    }
}

fn round(me: &mut Handle<Worker>, n: u64) -> Outcome {
    me.change(|s| s.out.push(Line([n as u8; 64])))?.map_err(|_| Error::new("no room"))?;
    while me.wait()?.is_running() {
        if let Some(line) = me.change(|s| s.back.pop())? {
            return if line.0[0] == n as u8 { Ok(()) } else { Err(Error::new("another message")) };
        }
    }
    Err(Error::new("asked to stop"))
}

/// Nanoseconds of one of so many operations, in thousandths.
fn timed(count: u64, mut operation: impl FnMut(u64) -> Outcome) -> Result<u64, Error> {
    let start = sys::now();
    (0..count).try_for_each(&mut operation)?;
    Ok((sys::now() - start) * 1000 / count)
}

impl Daemon for Worker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let words = shared();
        // What the driver asked of an incarnation before this one has no answer.
        let mut served = words.answered.load(SeqCst);
        loop {
            if !sys::wait_while(&words.asked, served) {
                return Err(Error::new("the driver is gone"));
            }
            served = words.asked.load(SeqCst);
            let job = words.job.load(SeqCst);
            let time = if job == Job::Calls as u32 {
                timed(CALLS, |n| Self::put(me, n).map_err(|_| Error::new("the transaction failed")))?
            } else if job == Job::Messages as u32 {
                // One way is half of a round.
                timed(ROUNDS, |n| round(me, n))? / 2
            } else {
                timed(COMMITS, |n| {
                    let at = n.wrapping_mul(0x9e37_79b9) % CELLS as u64;
                    me.update(|s| s.cells.set(at, [n as u8; 64])).map_err(|_| Error::new("no room"))
                })?
            };
            words.time.store(time, SeqCst);
            sys::advance(&words.answered);
        }
    }
}

impl Daemon for Echo {
    fn run(me: &mut Handle<Self>) -> Outcome {
        while me.wait()?.is_running() {
            me.change(|s| {
                if let Some(line) = s.out.pop() {
                    // There is room: no second message is sent before the first is back.
                    let _ = s.back.push(line);
                }
            })?;
        }
        Ok(())
    }
}

impl Daemon for Victim {
    fn run(me: &mut Handle<Self>) -> Outcome {
        shared().services[0].enter();
        me.wait_for_stop()
    }
}

/// The set-up hook: the words are mapped before the seal.
#[expect(clippy::unnecessary_wraps, reason = "what a set-up hook returns")]
fn start() -> Result<(), std::io::Error> {
    let _ = shared();
    Ok(())
}

root! {
    name = "peers";
    mem = "10MiB";
    setup = start;
    daemons: [Worker, Echo, Victim];
    rings: [Worker.out -> Echo.out, Echo.back -> Worker.back];
}
