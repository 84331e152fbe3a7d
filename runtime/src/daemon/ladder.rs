//! The recovery ladder: what is done about deaths that discredit the state, each rung further from the last commit.
//!
//! A death discredits the state where it came of what the process did itself: a crash, a panic, a hang. It does not
//! where somebody killed the process, `run` returned an error or the process called `exit`, the daemon was stopped
//! together with others or not ready in time; nor where a message was being handled that is set aside after so many
//! attempts, for then the message is suspect. Of deaths in a row without a healthy period in between, the first
//! `resumes` go on at the last commit, the next `rollbacks` at an older checkpoint, and all later ones begin from
//! all-zero state. The first of the rollbacks leads to the newest named checkpoint that is older than the state, or
//! undoes one commit if there is none; later ones lead to the oldest state that the history holds; where nothing is
//! left to undo, the next rung is taken at once. Root alone gives up, when there are more than `max_restarts` within `within`.
//!
//! Any newborn may die at any instruction as well. No death is counted twice, and what it calls for is done once,
//! because [`Ladder`] is one word in the header: each of its stores is a step. (A newborn that is killed from outside
//! before the first of them takes its predecessor's count with it: the ladder errs towards resuming.)
//!
//! | store | a death right after it leaves |
//! |---|---|
//! | `ladder`: the death is counted, and something is due (`due`) | the count; the rung is due |
//! | `target` = 0, if a rollback was under way when its newborn died by itself (`void` until then) | the same |
//! | resume: `ladder` without `due` | the state as it is, nothing due |
//! | rollback: `planned_at` | nothing yet |
//! | rollback: `target` | a plan: it is carried out, and `due` is its mark and not a new one's |
//! | rollback: `ladder` without `due`; one commit after the other | the plan, partly carried out: the next newborn goes on |
//! | reset: `resetting` | recovery finishes it |
//! | reset: `ladder` with `was_reset`, once everything is cleared | recovery finishes it |
//! | reset: `resetting` = 0 | all-zero state that is known to be that: whatever is due is done with it |
//! | reset: `ladder` without `due` | the same |
//! | `ladder` without `was_reset`, `target` and `planned_at` = 0, right before `run` | a daemon that knew what had been done |
//!
//! A function of the user's that is called on the way is named in `calling` as long. If the newborn dies in it, by
//! anything but a signal from outside, `decide` is not called again about this death, and the ladder goes on
//! without it; a state in which `validate` crashed counts as refused.

use super::{Ended, Rung};
use crate::layout::WAS_RESET;
use crate::root::Order;
use crate::state::{Options, Restart};

/// What the ladder has made of the newest death: `header.ladder`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a bit of the word")]
pub struct Ladder {
    /// The incarnation whose death is in it, in 32 bits.
    pub generation: u32,
    /// Deaths in a row that discredit the state.
    pub deaths: u16,
    /// Something is to be done about the newest death and has not been planned.
    pub due: bool,
    /// What is due is a reset whatever the count.
    pub to_zero: bool,
    /// `target` belongs to a plan that was given up.
    pub void: bool,
    /// The state was reset, and the program has not been told.
    pub was_reset: bool,
    /// What is due is due because a death discredited the state.
    pub climbs: bool,
}

/// What is known of a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The incarnation that died.
    pub generation: u64,
    /// How.
    pub ended: Ended,
    /// What root says of it.
    pub order: Order,
    /// Whether it died before its `run` was entered.
    pub unborn: bool,
    /// Whether it died while it handled a message whose ring counts attempts.
    pub handling: bool,
    /// Whether it died in `decide` or `validate` called by recovery.
    pub calling: bool,
}

impl Facts {
    /// Whether the process brought its death about itself.
    pub fn own_doing(&self) -> bool {
        !self.order.is_regrouped() && !matches!(self.ended, Ended::Unknown | Ended::Killed | Ended::Unready)
    }

    /// Whether the death discredits the state.
    pub fn discredits(&self) -> bool {
        self.own_doing()
            && matches!(self.ended, Ended::Crashed | Ended::Panicked | Ended::Hung)
            && !self.handling
            && !self.calling
    }
}

impl Ladder {
    const DUE: u64 = 1 << 48;
    const TO_ZERO: u64 = 1 << 49;
    const VOID: u64 = 1 << 50;
    const CLIMBS: u64 = 1 << 52;

    /// What the word says.
    pub fn unpack(word: u64) -> Self {
        Self {
            generation: word as u32,
            deaths: (word >> 32) as u16,
            due: word & Self::DUE != 0,
            to_zero: word & Self::TO_ZERO != 0,
            void: word & Self::VOID != 0,
            was_reset: word & WAS_RESET != 0,
            climbs: word & Self::CLIMBS != 0,
        }
    }

    /// The word.
    pub fn pack(self) -> u64 {
        let bit = |set: bool, bit: u64| if set { bit } else { 0 };
        u64::from(self.generation)
            | u64::from(self.deaths) << 32
            | bit(self.due, Self::DUE)
            | bit(self.to_zero, Self::TO_ZERO)
            | bit(self.void, Self::VOID)
            | bit(self.was_reset, WAS_RESET)
            | bit(self.climbs, Self::CLIMBS)
    }

    /// The word with this death in it; `planned` says whether a rollback is under way.
    #[must_use]
    pub fn after(self, facts: &Facts, planned: bool, options: &Options) -> Self {
        let discredits = facts.discredits();
        // Who never got to run was not healthy, however long it took.
        let afresh = matches!(facts.order, Order::Fresh | Order::Renewed) && !facts.unborn;
        let deaths = if afresh { 0 } else { self.deaths };
        let to_zero = facts.order == Order::Reset || options.restart == Restart::Reset;
        // Who died before `run` leaves what its predecessor's death made due, and nothing of its own.
        let asks = options.restart == Restart::Decide && !facts.order.is_regrouped() && !facts.unborn;
        // What was due about an earlier death stays so, unless it is planned already.
        let planned = planned && !self.void;
        let owed = self.due && !planned;
        let due = discredits || to_zero || asks;
        Self {
            generation: facts.generation as u32,
            deaths: deaths.saturating_add(u16::from(discredits)),
            due: due || owed,
            to_zero: to_zero || (owed && self.to_zero),
            // Who died by itself while it rolled back might do so for ever: a new rung takes the plan's place.
            void: self.void || (planned && due),
            was_reset: self.was_reset,
            climbs: discredits || (owed && self.climbs),
        }
    }

    /// The rung that so many deaths lead to.
    pub fn rung(self, options: &Options) -> Rung {
        let deaths = u32::from(self.deaths);
        match deaths.saturating_sub(options.resumes) {
            _ if self.to_zero => Rung::Reset,
            _ if !self.climbs => Rung::Resume,
            0 => Rung::Resume,
            n if n <= options.rollbacks => Rung::RollBack,
            _ => Rung::Reset,
        }
    }

    /// Whether it is the first of the rollbacks.
    pub fn first_rollback(self, options: &Options) -> bool {
        u32::from(self.deaths) == options.resumes.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRASH: Facts = Facts {
        generation: 1,
        ended: Ended::Crashed,
        order: Order::Climb,
        unborn: false,
        handling: false,
        calling: false,
    };

    fn climb(ladder: Ladder, facts: Facts) -> Ladder {
        let options = Options::new(0);
        Ladder { due: false, ..ladder.after(&facts, false, &options) }
    }

    #[test]
    fn the_word_holds_everything() {
        let ladder = Ladder {
            generation: u32::MAX,
            deaths: 9,
            due: true,
            to_zero: false,
            void: true,
            was_reset: false,
            climbs: true,
        };
        assert_eq!(Ladder::unpack(ladder.pack()), ladder);
        let other = Ladder { to_zero: true, was_reset: true, climbs: true, ..Ladder::default() };
        assert_eq!(Ladder::unpack(other.pack()), other);
        assert_eq!(Ladder::unpack(0), Ladder::default());
    }

    #[test]
    fn a_death_that_discredits_nothing_is_resumed_whatever_came_before() {
        let options = Options { restart: Restart::Decide, ..Options::new(0) };
        let mut ladder = Ladder { deaths: 9, ..Ladder::default() };
        ladder = ladder.after(&Facts { ended: Ended::Killed, ..CRASH }, false, &options);
        assert!(ladder.due, "`decide` is asked about every death");
        assert_eq!(ladder.rung(&options), Rung::Resume);
        // What is due about a crash stays its rung, though the newborn is killed on the way.
        ladder = ladder.after(&CRASH, false, &options);
        let killed = Facts { generation: 7, ended: Ended::Killed, unborn: true, ..CRASH };
        assert_eq!(ladder.after(&killed, false, &options).rung(&options), Rung::Reset);
        let planned = Ladder { due: false, ..ladder }.after(&killed, true, &options);
        assert!(!planned.due && !planned.void, "a plan is carried out once, whoever dies on the way");
    }

    #[test]
    fn who_was_healthy_when_it_was_stopped_with_others_begins_anew() {
        let options = Options::new(0);
        let ladder = Ladder { deaths: 3, ..Ladder::default() };
        let stopped = |order| Facts { ended: Ended::Done, order, ..CRASH };
        assert_eq!(ladder.after(&stopped(Order::Renewed), false, &options).deaths, 0);
        assert_eq!(ladder.after(&stopped(Order::Regrouped), false, &options).deaths, 3);
    }

    #[test]
    fn rungs_follow_the_options() {
        use Rung::{Reset, Resume, RollBack};
        let options = Options { resumes: 2, rollbacks: 3, ..Options::new(0) };
        let mut ladder = Ladder::default();
        let mut rungs = Vec::new();
        for generation in 1..=7 {
            ladder = climb(ladder, Facts { generation, ..CRASH });
            rungs.push((ladder.rung(&options), ladder.first_rollback(&options)));
        }
        let wanted = [
            (Resume, false),
            (Resume, false),
            (RollBack, true),
            (RollBack, false),
            (RollBack, false),
            (Reset, false),
            (Reset, false),
        ];
        assert_eq!(rungs, wanted);
        let at_once = Options { resumes: 0, rollbacks: 0, ..options };
        assert_eq!(climb(Ladder::default(), CRASH).rung(&at_once), Reset);
    }

    #[test]
    fn what_does_not_discredit_the_state_does_not_climb() {
        let options = Options::new(0);
        for ended in [
            Ended::Unknown,
            Ended::Done,
            Ended::Failed,
            Ended::Stillborn,
            Ended::Killed,
            Ended::Exited,
            Ended::Unready,
        ] {
            assert_eq!(
                Ladder::default().after(&Facts { ended, ..CRASH }, false, &options).deaths,
                0,
                "{ended:?}"
            );
        }
        for ended in [Ended::Crashed, Ended::Panicked, Ended::Hung] {
            assert_eq!(
                Ladder::default().after(&Facts { ended, ..CRASH }, false, &options).deaths,
                1,
                "{ended:?}"
            );
        }
        for facts in [
            Facts { handling: true, ..CRASH },
            Facts { calling: true, ..CRASH },
            Facts { order: Order::Regrouped, ..CRASH },
        ] {
            let ladder = Ladder { deaths: 2, ..Ladder::default() }.after(&facts, false, &options);
            assert_eq!((ladder.deaths, ladder.due), (2, false), "{facts:?}");
        }
    }

    #[test]
    fn a_healthy_period_begins_anew_but_not_for_one_that_never_ran() {
        let three = Ladder { deaths: 3, ..Ladder::default() };
        assert_eq!(climb(three, Facts { order: Order::Fresh, ..CRASH }).deaths, 1);
        assert_eq!(climb(three, Facts { order: Order::Fresh, unborn: true, ..CRASH }).deaths, 4);
        assert_eq!(climb(three, Facts { order: Order::Fresh, ended: Ended::Killed, ..CRASH }).deaths, 0);
    }

    #[test]
    fn what_is_due_stays_due_until_it_is_planned() {
        let options = Options::new(0);
        let killed = Facts { generation: 2, ended: Ended::Killed, unborn: true, ..CRASH };
        let counted = Ladder::default().after(&CRASH, false, &options);
        assert!(counted.due);
        // Killed before anything was planned, and after.
        assert!(counted.after(&killed, false, &options).due);
        let planned = counted.after(&killed, true, &options);
        assert!(!planned.due && !planned.void, "the plan goes on");
        // A newborn that crashes while it rolls back gives the plan up for the next rung.
        let crashed = Ladder { due: false, ..counted }.after(
            &Facts { generation: 2, unborn: true, ..CRASH },
            true,
            &options,
        );
        assert!(crashed.due && crashed.void && crashed.deaths == 2);
        // Killed again before the plan was taken back: it stays given up, and the rung due.
        let again = crashed.after(&Facts { generation: 3, ..killed }, true, &options);
        assert!(again.due && again.void && again.deaths == 2);
    }

    #[test]
    fn an_order_to_reset_outlives_a_newborn_that_is_killed() {
        let options = Options::new(0);
        let ordered = Ladder::default().after(&Facts { order: Order::Reset, ..CRASH }, false, &options);
        assert_eq!(ordered.rung(&options), Rung::Reset);
        let killed = Facts { generation: 2, ended: Ended::Killed, unborn: true, ..CRASH };
        assert_eq!(ordered.after(&killed, false, &options).rung(&options), Rung::Reset);
    }
}
