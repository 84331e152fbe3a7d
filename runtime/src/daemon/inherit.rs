//! What a newborn takes over from its predecessor: how that died, and what the recovery ladder makes of it. It is the
//! first thing that a newborn does with its region.

use super::ladder::{Facts, Ladder};
use super::{Activity, Core, Ended};
use crate::fault::{self, Point};
use crate::report::{self, Cause};
use crate::root::Order;
use crate::state::FieldSet;
use core::sync::atomic::Ordering;

/// In `header.calling`: recovery is in `decide`.
pub const DECIDE: u32 = 1;
/// In `header.calling`: recovery is in `validate`.
pub const VALIDATE: u32 = 2;
/// In `header.calling`: a newborn died in `decide`; it is not asked again about this death.
pub const UNDECIDED: u32 = 4;

/// A predecessor's death.
pub struct Heritage {
    /// How it ended; `None` for the first incarnation, which has no predecessor.
    pub facts: Option<Facts>,
    /// The same, with what it reported.
    pub cause: Cause,
    /// What it was doing.
    pub activity: Activity,
    /// The ladder with this death in it.
    pub ladder: Ladder,
    /// Whether it died of itself while recovery had the user's `validate` look at the state.
    pub refused: bool,
    /// The consumers whose message it was handling.
    pub handled: FieldSet,
}

impl Core {
    /// Reads what is known of the predecessor's death and counts it; clears what it has left in the header.
    pub(super) fn inherit(&mut self) -> Heritage {
        let header = self.region.header();
        // SAFETY: root's table is always mapped.
        let entry = unsafe { &*self.entry };
        let activity = Activity::from_number(header.activity.load(Ordering::Relaxed));
        let ended = Ended::from_number(entry.ended.load(Ordering::Acquire));
        let detail = entry.ended_detail.load(Ordering::Relaxed) as i32;
        let handled = self.interrupted_attempt();
        let mut heritage = Heritage {
            facts: None,
            // SAFETY: the report lies in the header; its writer is dead.
            cause: cause(ended, detail, unsafe { report::read(header.report.get()) }),
            activity,
            ladder: Ladder::unpack(header.ladder.load(Ordering::Acquire)),
            refused: false,
            handled,
        };
        if self.generation > 1 {
            let calling = header.calling.load(Ordering::Acquire);
            let mut facts = Facts {
                generation: self.generation - 1,
                ended,
                order: Order::from_number(entry.order.load(Ordering::Acquire)),
                unborn: activity == Activity::Recovering,
                handling: self.counts_attempts(handled),
                calling: false,
            };
            // Who was not ready in time because it was still in there has died in it.
            let in_it = facts.own_doing() || (ended == Ended::Unready && !facts.order.is_regrouped());
            facts.calling = calling & (DECIDE | VALIDATE) != 0 && in_it;
            heritage.refused = facts.calling && calling & VALIDATE != 0;
            let died_deciding = facts.calling && calling & DECIDE != 0;
            self.count_death(&facts, &mut heritage.ladder);
            let header = self.region.header();
            let undecided = if died_deciding { UNDECIDED } else { calling & UNDECIDED };
            header.calling.store(undecided, Ordering::Release);
            heritage.facts = Some(facts);
        }
        let header = self.region.header();
        header.climbed.store(u32::from(heritage.ladder.deaths), Ordering::Relaxed);
        // SAFETY: as above, and nobody else writes it before the handler is installed.
        unsafe { report::clear(header.report.get()) };
        for word in [&header.outcome, &header.shutdown, &header.waiting, &header.ready] {
            word.store(0, Ordering::Relaxed);
        }
        // The first sign of life, which also says that root's order was taken.
        header.heartbeat.store(1, Ordering::Release);
        self.now_doing(Activity::Recovering);
        heritage
    }

    /// Whether root only wants the state recovered.
    pub(super) fn is_to_recover_only(&self) -> bool {
        // SAFETY: root's table is always mapped.
        let order = unsafe { &*self.entry }.order.load(Ordering::Relaxed);
        Order::from_number(order) == Order::RecoverOnly
    }

    fn count_death(&self, facts: &Facts, ladder: &mut Ladder) {
        let header = self.region.header();
        let planned = header.target.load(Ordering::Acquire) != 0;
        *ladder = ladder.after(facts, planned, &self.descriptor.options);
        self.keep(*ladder);
        fault::point(Point::LadderClimbed);
        if ladder.void {
            header.target.store(0, Ordering::Release);
            ladder.void = false;
            self.keep(*ladder);
        }
    }

    /// Stores the ladder's word: a step of its protocol.
    pub(super) fn keep(&self, ladder: Ladder) {
        self.region.header().ladder.store(ladder.pack(), Ordering::Release);
    }

    /// Whether some ring of these consumers counts attempts, and sets the message aside in the end.
    fn counts_attempts(&self, handled: FieldSet) -> bool {
        self.links
            .iter()
            .any(|(field, _, peers)| handled.has(field) && peers.iter().any(|peer| peer.attempts != 0))
    }
}

/// What root found out, with what the dead process reported.
fn cause(ended: Ended, detail: i32, report: Cause) -> Cause {
    match (ended, report) {
        (Ended::Crashed, Cause::Crash(_)) | (Ended::Panicked, Cause::Panic(_)) => report,
        (Ended::Crashed | Ended::Killed, _) => Cause::Killed(detail),
        (Ended::Hung, Cause::Crash(crash)) => Cause::Hung(Some(crash)),
        (Ended::Hung, _) => Cause::Hung(None),
        (Ended::Exited, _) => Cause::Exited(detail),
        (Ended::Stillborn, _) => Cause::Exited(Ended::Stillborn.code()),
        (Ended::Unready, _) => Cause::Unready,
        (Ended::Failed, _) => Cause::Failed,
        (Ended::Done, _) => Cause::Returned,
        (Ended::Unknown | Ended::Panicked, _) => Cause::Unknown,
    }
}
