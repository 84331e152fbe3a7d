//! From a predecessor's death to a state that `run` may begin with: replay, the rung of the ladder that is due, and a
//! check of what comes out of it.
//!
//! The order matters, because every step may be the last one of this process: first the record that was published,
//! then the message that was being handled (each counts once), then a rollback that an earlier newborn began, then
//! what is due about this death, then commits that do not validate are undone one by one. What was done is told to
//! the program; the marks of it are removed right before `run` is entered.

use super::inherit::{DECIDE, Heritage, UNDECIDED, VALIDATE};
use super::ladder::Ladder;
use super::validate::check;
use super::{Activity, Daemon, Damaged, Decision, Error, Handle, Incident, Recovered, Rung, Start};
use crate::commit::Recovery;
use crate::fault::{self, Point};
use crate::report;
use crate::state::{Attempt, FieldSet, Restart};
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use std::panic::catch_unwind;

/// Why a state cannot be begun with.
enum Unsound {
    /// The field in this row holds bytes that its type does not allow.
    Field(usize),
    /// The user's check refused the whole.
    Refused(Error),
}

/// What is done about a death.
enum Plan {
    Resume,
    /// To this position of the history; a name if it has one.
    RollBack(u64, Option<crate::collections::Text<20>>),
    Reset,
    Stop(u8),
}

impl<D: Daemon> Handle<D> {
    /// Brings the state to where the daemon may begin. `Some` with an exit code if it may not, but is to have the
    /// whole tree stopped.
    pub(super) fn recover(&mut self, mut heritage: Heritage) -> Option<u8> {
        let recovery = self.core.region.recover();
        self.core.wake_everybody();
        let Some(facts) = heritage.facts.filter(|_| recovery != Recovery::Fresh) else {
            D::begin(&mut self.cells);
            return None;
        };
        self.started(Start::Again(heritage.cause));
        if recovery == Recovery::Damaged {
            log::error!("the published record is damaged; the state is reset");
            heritage.ladder.was_reset = true;
            self.core.keep(heritage.ladder);
        }
        self.go_on_rolling_back();
        let mut sound = self.examine(&heritage, heritage.refused);
        let mut handled = heritage.handled;
        if !matches!(sound, Err(Unsound::Field(_))) {
            self.make_up_for(core::mem::take(&mut handled));
        }
        if heritage.ladder.due {
            let plan = self.plan(&heritage, &sound);
            let kept = matches!(plan, Plan::Resume);
            if let Some(code) = self.carry_out(plan, &mut heritage) {
                return Some(code);
            }
            if !kept {
                sound = self.examine(&heritage, false);
            }
        } else {
            let (at, how) = (self.sequence(), recovery.describe());
            log::info!("resumed at commit {at} ({how}); predecessor {}", facts.ended.describe());
        }
        while let Err(unsound) = sound {
            sound = self.undo_unsound(&unsound, &mut heritage);
        }
        self.find_out_what_was_done(&heritage);
        self.make_up_for(handled);
        self.core.wake_everybody();
        None
    }

    /// The last step before `run`: the program is told what was done.
    pub(super) fn forget_recovery(&self) {
        let header = self.core.region.header();
        let ladder = Ladder::unpack(header.ladder.load(Ordering::Relaxed));
        self.core.keep(Ladder { was_reset: false, ..ladder });
        header.target.store(0, Ordering::Release);
        header.planned_at.store(0, Ordering::Release);
    }

    /// Counts the attempt that the predecessor's death was.
    fn make_up_for(&mut self, handled: FieldSet) {
        if handled != FieldSet::NONE && self.count_attempt(handled) == Attempt::SetAside {
            log::warn!("a message was set aside: its handling had failed as often as its ring allows");
        }
        self.core.now_doing(Activity::Recovering);
    }

    /// Whether the state can be begun with; if its bytes are valid, it can be looked at from now on. All-zero state
    /// is taken as it is. `died` says that the user's check has crashed on it.
    fn examine(&mut self, heritage: &Heritage, died: bool) -> Result<(), Unsound> {
        self.core.alive();
        if let Some(field) = self.core.region.first_invalid() {
            return Err(Unsound::Field(field));
        }
        D::begin(&mut self.cells);
        let header = self.core.region.header();
        if !D::VALIDATES || heritage.ladder.was_reset || header.published.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        if died {
            return Err(Unsound::Refused(Error::new("`validate` crashed")));
        }
        let before = header.calling.fetch_or(VALIDATE, Ordering::AcqRel);
        let verdict = check::<D>(&self.cells);
        self.core.region.header().calling.store(before & !VALIDATE, Ordering::Release);
        verdict.map_err(Unsound::Refused)
    }

    /// What is to be done about the death: what `decide` says, or else the ladder.
    fn plan(&mut self, heritage: &Heritage, sound: &Result<(), Unsound>) -> Plan {
        let region = &self.core.region;
        let options = &self.core.descriptor.options;
        let rung = heritage.ladder.rung(options);
        if let Some(decision) = self.ask(heritage, sound, rung) {
            let named = |name: &str| self.core.region.checkpoints().find(|named| *named.name == *name);
            return match decision {
                Decision::Resume => Plan::Resume,
                Decision::RollBack(commits) => Plan::RollBack(self.core.region.position_back(commits), None),
                Decision::RollBackTo(name) => match named(name) {
                    Some(named) => Plan::RollBack(named.position, Some(named.name)),
                    None => Plan::RollBack(self.core.region.position_back(usize::MAX), None),
                },
                Decision::Reset => Plan::Reset,
                Decision::Stop(code) => Plan::Stop(code),
            };
        }
        match rung {
            Rung::Resume => Plan::Resume,
            // Nothing that could be undone: the next rung.
            Rung::RollBack if region.undoable() == 0 => Plan::Reset,
            Rung::RollBack if heritage.ladder.first_rollback(options) => {
                match region.checkpoints().find(|named| named.commits != 0) {
                    Some(named) => Plan::RollBack(named.position, Some(named.name)),
                    None => Plan::RollBack(region.position_back(1), None),
                }
            }
            Rung::RollBack => Plan::RollBack(region.position_back(usize::MAX), None),
            Rung::Reset => Plan::Reset,
        }
    }

    /// Asks the user's `decide`; `None` if there is none, or it cannot answer.
    fn ask(&self, heritage: &Heritage, sound: &Result<(), Unsound>, rung: Rung) -> Option<Decision> {
        let header = self.core.region.header();
        let before = header.calling.load(Ordering::Relaxed);
        if self.core.descriptor.options.restart != Restart::Decide || heritage.ladder.to_zero {
            return None;
        }
        if before & UNDECIDED != 0 {
            log::error!("`decide` crashed: going on without it");
            return None;
        }
        let state = match sound {
            Ok(()) => Ok(D::share(&self.cells)),
            Err(unsound) => Err(Damaged {
                field: match unsound {
                    Unsound::Field(index) => Some(D::FIELDS[*index].name),
                    Unsound::Refused(_) => None,
                },
                image: self.core.region.image_bytes(),
            }),
        };
        let incident = Incident::<D> {
            cause: heritage.cause,
            activity: heritage.activity,
            state,
            deaths: u32::from(heritage.ladder.deaths),
            rung,
            undoable: self.core.region.undoable(),
        };
        header.calling.store(before | DECIDE, Ordering::Release);
        let answer = catch_unwind(AssertUnwindSafe(|| D::decide(&incident)));
        header.calling.store(before, Ordering::Release);
        answer.unwrap_or_else(|payload| {
            // Dropping it could run code of the user's.
            core::mem::forget(payload);
            log::error!("`decide` panicked: going on without it");
            None
        })
    }

    /// Does what was planned, and says so. `Some` with the code if the tree is to be stopped.
    fn carry_out(&mut self, plan: Plan, heritage: &mut Heritage) -> Option<u8> {
        let why = Why::of(heritage);
        let (core, ladder) = (&self.core, &mut heritage.ladder);
        let header = core.region.header();
        let from = header.applied.load(Ordering::Relaxed);
        (ladder.due, ladder.to_zero) = (false, false);
        match plan {
            Plan::Stop(code) => {
                log::warn!("stopping the tree with exit code {code}, as `decide` says; {why}");
                return Some(code);
            }
            Plan::Resume => {
                core.keep(*ladder);
                log::warn!("resumed at commit {from}; {why}");
            }
            Plan::RollBack(position, name) => {
                core.begin_rollback();
                header.target.store(position + 1, Ordering::Release);
                fault::point(Point::LadderPlanned);
                core.keep(*ladder);
                let commits = core.region.rollback_to(position, core.region.epoch() + 1);
                let to = header.applied.load(Ordering::Relaxed);
                let name = name.as_ref().map_or("", |name| name.as_str());
                let at = if name.is_empty() { "" } else { " to checkpoint " };
                log::warn!("rolled back{at}{name}: {commits} commits undone, commit {from} -> {to}; {why}");
                fault::point(Point::LadderRolledBack);
            }
            Plan::Reset => {
                ladder.was_reset = true;
                core.region.announce_reset();
                core.keep(*ladder);
                core.region.finish_reset();
                log::warn!("reset at commit {from}, epoch {}; {why}", core.region.epoch());
            }
        }
        // It is planned: whoever could not decide is asked again about the next death.
        header.calling.store(0, Ordering::Release);
        None
    }

    /// Goes on with a rollback that an earlier newborn began.
    fn go_on_rolling_back(&mut self) {
        let header = self.core.region.header();
        let Some(position) = header.target.load(Ordering::Acquire).checked_sub(1) else { return };
        let from = header.applied.load(Ordering::Relaxed);
        let begun = from != header.planned_at.load(Ordering::Relaxed);
        let epoch = self.core.region.epoch() + u64::from(!begun);
        let commits = self.core.region.rollback_to(position, epoch);
        let to = header.applied.load(Ordering::Relaxed);
        log::warn!(
            "a rollback goes on that its newborn died in: {commits} commits undone, commit {from} -> {to}"
        );
        fault::point(Point::LadderRolledBack);
    }

    /// Undoes one commit because the state is not sound; resets where nothing is left to undo.
    fn undo_unsound(&mut self, unsound: &Unsound, heritage: &mut Heritage) -> Result<(), Unsound> {
        self.core.begin_rollback();
        let from = self.sequence();
        // What rings hold is not rolled back.
        let ring = matches!(unsound, Unsound::Field(index) if D::FIELDS[*index].ring().is_some());
        let undone = !ring && self.core.region.rollback(1) != 0;
        if !undone {
            heritage.ladder.was_reset = true;
            self.core.region.announce_reset();
            self.core.keep(heritage.ladder);
            self.core.region.finish_reset();
        }
        let done = if undone { "undone" } else { "undone by a reset, for nothing older is left" };
        match unsound {
            Unsound::Field(index) => {
                let name = D::FIELDS[*index].name;
                log::error!("commit {from} {done}; field `{name}` held a value that its type does not allow");
            }
            Unsound::Refused(why) => log::error!("commit {from} {done}; `validate` refused it: {why}"),
        }
        self.examine(heritage, false)
    }

    fn find_out_what_was_done(&mut self, heritage: &Heritage) {
        let header = self.core.region.header();
        let since = match header.planned_at.load(Ordering::Relaxed) {
            0 => 0,
            planned => header.applied.load(Ordering::Relaxed).saturating_sub(planned),
        };
        self.recovered = match since as usize {
            _ if heritage.ladder.was_reset => Recovered::Reset,
            0 => Recovered::Resumed,
            commits => Recovered::RolledBack { commits },
        };
    }
}

impl super::Core {
    /// Notes the commit that a rollback begins at, unless one has begun already.
    fn begin_rollback(&self) {
        let header = self.region.header();
        if header.planned_at.load(Ordering::Relaxed) == 0 {
            header.planned_at.store(header.applied.load(Ordering::Relaxed), Ordering::Release);
        }
    }
}

/// The death, for the log.
struct Why {
    cause: &'static str,
    activity: &'static str,
    deaths: u16,
    discredits: bool,
}

impl Why {
    fn of(heritage: &Heritage) -> Self {
        Self {
            cause: report::brief(heritage.cause),
            activity: heritage.activity.describe(),
            deaths: heritage.ladder.deaths,
            discredits: heritage.facts.is_some_and(|facts| facts.discredits()),
        }
    }
}

impl core::fmt::Display for Why {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { cause, activity, deaths, discredits } = self;
        let held = if *discredits { "" } else { ", not held against the state" };
        write!(f, "{cause} {activity}{held}; deaths in a row that were: {deaths}")
    }
}
