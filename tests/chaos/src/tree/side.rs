//! The two sides: each gets all that the worker passes on, and passes it on to the sink.

use super::{Idle, Parcel, RING, SIDE, Setup, chance, mishap, rest};
use crate::plan::{Plan, Role};
use perennial::prelude::*;

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Left {
    inbox: Consumer<Parcel, RING>,
    out: Producer<Parcel, RING>,
    /// Transactions that came to grief.
    pub failed: u64,
}

#[daemon(
    mem = "512KiB",
    max_restarts = 1_000_000,
    within = "1s",
    backoff = "1ms",
    max_backoff = "1ms",
    resumes = 1_000_000_000
)]
pub struct Right {
    inbox: Consumer<Parcel, RING>,
    out: Producer<Parcel, RING>,
    /// Transactions that came to grief.
    pub failed: u64,
}

fn pass(
    inbox: &mut Consumer<Parcel, RING>,
    out: &mut Producer<Parcel, RING>,
    role: Role,
    stamp: u64,
) -> Result<(), Idle> {
    for turn in 0..role.batch {
        if out.room() == 0 {
            return if turn == 0 { Err(Idle::Full) } else { Ok(()) };
        }
        let Some(parcel) = inbox.pop() else { return if turn == 0 { Err(Idle::Empty) } else { Ok(()) } };
        out.push(parcel.stamped(stamp)).map_err(|_| Idle::Full)?;
    }
    Ok(())
}

/// Waits for room, or notes what came of a turn.
macro_rules! side {
    ($side:ident, $role:ident, $stamp:expr) => {
        impl $side {
            #[transaction(timeout = "300ms")]
            fn pass(
                inbox: &mut Consumer<Parcel, RING>,
                out: &mut Producer<Parcel, RING>,
                #[arg] plan: &Plan,
            ) -> Result<(), Idle> {
                mishap(plan.$role);
                pass(inbox, out, plan.$role, $stamp)?;
                mishap(plan.$role);
                Ok(())
            }
        }

        impl Daemon for $side {
            fn run(me: &mut Handle<Self>) -> Outcome {
                let plan = &Setup::of(me)?.plan;
                while me.wait()?.is_running() {
                    rest(plan.$role);
                    let outcome = if chance(100) < plan.$role.transactions {
                        Self::pass(me, plan)
                    } else {
                        me.update(|s| pass(s.inbox, s.out, plan.$role, $stamp))
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
    };
}

side!(Left, left, SIDE);
side!(Right, right, SIDE + 1);
