//! The worker: takes messages from both lanes and passes them on to both sides.

use super::{Idle, Parcel, RING, Setup, WORKED, chance, mishap, rest};
use crate::plan::{Defect, Plan};
use perennial::prelude::*;

/// The message of which a broken worker makes something else.
const BROKEN: u64 = 100;

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Worker {
    calm: Consumer<Parcel, RING>,
    firm: Consumer<Parcel, RING>,
    out: Producer<Parcel, RING>,
    /// Messages that were passed on.
    pub done: u64,
    /// Transactions that came to grief.
    pub failed: u64,
}

impl Worker {
    #[transaction(timeout = "300ms")]
    fn pass(
        calm: &mut Consumer<Parcel, RING>,
        firm: &mut Consumer<Parcel, RING>,
        out: &mut Producer<Parcel, RING>,
        done: &mut u64,
        #[arg] plan: &Plan,
    ) -> Result<(), Idle> {
        mishap(plan.worker);
        pass(calm, firm, out, done, plan)?;
        mishap(plan.worker);
        Ok(())
    }
}

fn pass(
    calm: &mut Consumer<Parcel, RING>,
    firm: &mut Consumer<Parcel, RING>,
    out: &mut Producer<Parcel, RING>,
    done: &mut u64,
    plan: &Plan,
) -> Result<(), Idle> {
    for turn in 0..plan.worker.batch {
        // One that is broken needs room for two.
        if out.room() < 2 {
            return if turn == 0 { Err(Idle::Full) } else { Ok(()) };
        }
        // In turn, so that neither lane can keep the other waiting for ever.
        let next = if done.is_multiple_of(2) {
            calm.pop().or_else(|| firm.pop())
        } else {
            firm.pop().or_else(|| calm.pop())
        };
        let Some(parcel) = next else {
            return if turn == 0 { Err(Idle::Empty) } else { Ok(()) };
        };
        let parcel = parcel.stamped(WORKED);
        let broken = if *done == BROKEN { plan.defect } else { None };
        let copies = match broken {
            Some(Defect::Lose) => 0,
            Some(Defect::Twice) => 2,
            _ => 1,
        };
        let parcel = if broken == Some(Defect::Swap) { parcel.stamped(WORKED) } else { parcel };
        for _ in 0..copies {
            out.push(parcel).map_err(|_| Idle::Full)?;
        }
        *done += 1;
    }
    Ok(())
}

impl Daemon for Worker {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let plan = &Setup::of(me)?.plan;
        while me.wait()?.is_running() {
            rest(plan.worker);
            let outcome = if chance(100) < plan.worker.transactions {
                Self::pass(me, plan)
            } else {
                me.update(|s| pass(s.calm, s.firm, s.out, s.done, plan))
            };
            match outcome {
                Err(Failure::Task(Idle::Full)) => {
                    me.wait_for(&Wait::new().room().timeout(Duration::from_millis(50)))?;
                }
                Err(Failure::Crashed(_) | Failure::Panicked(_)) => me.change(|s| *s.failed += 1)?,
                _ => {}
            }
        }
        Ok(())
    }
}
