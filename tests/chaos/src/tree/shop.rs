//! The shop: transactions whose threads share a pair of numbers behind a lock, and permits, with each other and with their
//! daemon. Both numbers are alike wherever the lock says that nobody died with it, and no permit goes with the dead.

use super::threads::together;
use super::{Setup, chance, mishap, rest};
use crate::defect::Defect;
use crate::plan::Plan;
use perennial::locks::{LockError, Mutex, Semaphore, Shared};
use perennial::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Permits that there are; more threads than that want one.
const PERMITS: usize = 2;

/// Turns of a thread.
const TURNS: usize = 10;

/// The lock with the pair behind it, and the permits.
type Tools = (Mutex<[u64; 2]>, Semaphore<PERMITS>);

#[daemon(
    mem = "1MiB",
    scratch = "256KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Shop {
    tools: Shared<Tools>,
    pub till: Till,
    /// Transactions that came to grief.
    pub failed: u64,
}

/// What the shop has found.
#[plain]
#[derive(Debug, PartialEq, Eq)]
pub struct Till {
    /// Times that the lock was taken and found in order.
    pub turns: u64,
    /// Times that whoever had it last was found dead.
    pub repairs: u64,
    /// Pairs that were not alike although nobody had died with the lock, and locks that were given up.
    pub wrong: u64,
    /// Whether the lock and all permits were to be had at the end; no `bool`, so that it needs no look at its bytes.
    pub closed: u64,
}

/// What one transaction or the daemon has found.
#[derive(Default)]
struct Found {
    turns: AtomicU64,
    repairs: AtomicU64,
    wrong: AtomicU64,
}

impl Found {
    fn note(&self, till: &mut Till) {
        till.turns += self.turns.load(Relaxed);
        till.repairs += self.repairs.load(Relaxed);
        till.wrong += self.wrong.load(Relaxed);
    }
}

/// Takes the lock once, and changes one number after the other.
fn take(tools: &Tools, plan: &Plan, found: &Found) {
    let _permit = tools.1.acquire();
    match tools.0.lock() {
        Ok(mut pair) => {
            found.turns.fetch_add(1, Relaxed);
            found.wrong.fetch_add(u64::from(pair[0] != pair[1]), Relaxed);
            pair[0] += 1;
            mishap(plan.shop);
            if plan.defect != Some(Defect::Chip) {
                pair[1] += 1;
            }
        }
        Err(LockError::Inconsistent(broken)) => {
            found.repairs.fetch_add(1, Relaxed);
            let whole = broken.value().map_or(0, |pair| pair[0]);
            drop(broken.repair([whole; 2]));
        }
        // It always is repaired.
        Err(LockError::Poisoned) => _ = found.wrong.fetch_add(1, Relaxed),
    }
}

impl Shop {
    /// Several threads want what there is too little of.
    #[transaction(timeout = "300ms")]
    fn work(tools: &Shared<Tools>, till: &mut Till, #[arg] plan: &Plan) -> Result<(), ()> {
        mishap(plan.shop);
        // A field is lent to one thread; what lies in it is for all.
        let (tools, found): (&Tools, Found) = (tools, Found::default());
        together(1 + plan.shop.batch as usize % 4, &|| (0..TURNS).for_each(|_| take(tools, plan, &found)));
        found.note(till);
        Ok(())
    }
}

impl Daemon for Shop {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let setup = Setup::of(me)?;
        let plan = &setup.plan;
        while !setup.is_over() {
            if !me.wait_for(&Wait::new().timeout(Duration::from_millis(2)))?.is_running() {
                return Ok(());
            }
            rest(plan.shop);
            if chance(100) < plan.shop.transactions
                && let Err(Failure::Crashed(_) | Failure::Panicked(_)) = Self::work(me, plan)
            {
                me.change(|s| *s.failed += 1)?;
            }
            let found = Found::default();
            look(me.state().tools, &found);
            me.change(|s| found.note(s.till))?;
        }
        let found = Found::default();
        let all = [(); PERMITS].map(|()| me.state().tools.1.acquire());
        look(me.state().tools, &found);
        drop(all);
        me.change(|s| {
            found.note(s.till);
            s.till.closed = 1;
        })?;
        me.wait_for_stop()
    }
}

/// The daemon looks and changes nothing: what its transactions leave is for it to judge.
fn look(tools: &Tools, found: &Found) {
    match tools.0.lock() {
        Ok(pair) => {
            found.turns.fetch_add(1, Relaxed);
            found.wrong.fetch_add(u64::from(pair[0] != pair[1]), Relaxed);
        }
        Err(LockError::Inconsistent(broken)) => {
            found.repairs.fetch_add(1, Relaxed);
            drop(broken.repair([0; 2]));
        }
        Err(LockError::Poisoned) => _ = found.wrong.fetch_add(1, Relaxed),
    }
}
