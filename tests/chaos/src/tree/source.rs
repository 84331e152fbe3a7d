//! The source of all messages.

use super::{LANES, Parcel, RING, Setup, chance, mishap, rest};
use crate::plan::{Plan, mix};
use perennial::prelude::*;

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Source {
    /// Messages of each lane.
    pub next: [u64; LANES],
    /// Whether there are no more.
    pub over: bool,
    /// Transactions that came to grief.
    pub failed: u64,
    calm: Producer<Parcel, RING>,
    firm: Producer<Parcel, RING>,
}

impl Source {
    #[transaction(timeout = "300ms")]
    fn speak(
        next: &mut [u64; LANES],
        calm: &mut Producer<Parcel, RING>,
        firm: &mut Producer<Parcel, RING>,
        #[arg] plan: &Plan,
    ) -> Result<(), ()> {
        mishap(plan.source);
        push(next, calm, firm, plan);
        mishap(plan.source);
        Ok(())
    }
}

fn push(
    next: &mut [u64; LANES],
    calm: &mut Producer<Parcel, RING>,
    firm: &mut Producer<Parcel, RING>,
    plan: &Plan,
) {
    for _ in 0..plan.source.batch {
        let lane = usize::from(mix(plan.seed, next[0] + next[1]) % 100 < plan.firm);
        let parcel = Parcel::new(plan, lane, next[lane]);
        let pushed = if lane == 0 { calm.push(parcel) } else { firm.push(parcel) };
        if pushed.is_err() {
            return;
        }
        next[lane] += 1;
    }
}

impl Daemon for Source {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let setup = Setup::of(me)?;
        let plan = &setup.plan;
        while !*me.state().over {
            if !me.wait_for(&Wait::new().room().timeout(Duration::from_millis(10)))?.is_running() {
                return Ok(());
            }
            rest(plan.source);
            if setup.is_over() {
                me.change(|s| *s.over = true)?;
            } else if chance(100) < plan.source.transactions {
                if let Err(Failure::Crashed(_) | Failure::Panicked(_)) = Self::speak(me, plan) {
                    me.change(|s| *s.failed += 1)?;
                }
            } else {
                // Discarded where somebody stops the tree while the ring is full.
                let _ = me.update(|s| {
                    push(s.next, s.calm, s.firm, plan);
                    Ok::<_, ()>(())
                });
            }
        }
        me.wait_for_stop()
    }
}
