//! The sink, where both sides meet: it knows which message must come next, and what must be in it.

use super::{LANES, Parcel, RING, SIDE, Setup, WORKED, chance, mishap, rest};
use crate::plan::Plan;
use perennial::prelude::*;

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Sink {
    left: Consumer<Parcel, RING>,
    right: Consumer<Parcel, RING>,
    pub account: Account,
    /// Transactions that came to grief.
    pub failed: u64,
}

/// What has arrived.
#[plain]
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// The message that must come next, by side and lane.
    pub next: [[u64; LANES]; 2],
    /// Messages that did not come before a later one.
    pub lost: u64,
    /// Messages that had come before.
    pub duplicated: u64,
    /// Messages with something else in them.
    pub wrong: u64,
}

impl Account {
    fn book(&mut self, plan: &Plan, side: usize, parcel: Parcel) {
        let lane = usize::from(parcel.lane) % LANES;
        let next = &mut self.next[side][lane];
        let wanted = Parcel::new(plan, lane, parcel.number).stamped(WORKED).stamped(SIDE + side as u64);
        self.wrong += u64::from(parcel != wanted);
        if parcel.number < *next {
            self.duplicated += 1;
        } else {
            self.lost += parcel.number - *next;
            *next = parcel.number + 1;
        }
    }
}

impl Sink {
    #[transaction(timeout = "300ms")]
    fn book(
        left: &mut Consumer<Parcel, RING>,
        right: &mut Consumer<Parcel, RING>,
        account: &mut Account,
        #[arg] plan: &Plan,
    ) -> Result<(), ()> {
        mishap(plan.sink);
        book(left, right, account, plan);
        mishap(plan.sink);
        Ok(())
    }
}

fn book(
    left: &mut Consumer<Parcel, RING>,
    right: &mut Consumer<Parcel, RING>,
    account: &mut Account,
    plan: &Plan,
) {
    for (side, ring) in [left, right].into_iter().enumerate() {
        for parcel in ring.pop_iter().take(plan.sink.batch as usize) {
            account.book(plan, side, parcel);
        }
    }
}

impl Daemon for Sink {
    fn run(me: &mut Handle<Self>) -> Outcome {
        let plan = &Setup::of(me)?.plan;
        while me.wait()?.is_running() {
            rest(plan.sink);
            if chance(100) < plan.sink.transactions {
                if let Err(Failure::Crashed(_) | Failure::Panicked(_)) = Self::book(me, plan) {
                    me.change(|s| *s.failed += 1)?;
                }
            } else {
                me.change(|s| book(s.left, s.right, s.account, plan))?;
            }
        }
        Ok(())
    }
}
