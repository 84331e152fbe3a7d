//! What is done about a death: what the user's `decide` says, or else the ladder; and how it is carried out.

use super::inherit::{DECIDE, Heritage, UNDECIDED};
use super::recovery::Unsound;
use super::{Daemon, Damaged, Decision, Handle, Incident, Rung};
use crate::collections::Text;
use crate::fault::{self, Point};
use crate::report;
use crate::state::Restart;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::Ordering;
use std::panic::catch_unwind;

/// What is done about a death.
#[derive(Clone, Copy)]
pub enum Plan {
    /// Nothing.
    Resume,
    /// Back to this position of the history, with its name if it has one.
    RollBack(u64, Option<Text<20>>),
    /// Begin from all-zero state.
    Reset,
    /// Stop the tree with this code.
    Stop(u8),
}

impl<D: Daemon> Handle<D> {
    /// What is to be done about the death: what `decide` says, or else the ladder.
    pub(super) fn plan(&mut self, heritage: &Heritage, sound: &Result<(), Unsound>) -> Plan {
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
    pub(super) fn carry_out(&mut self, plan: Plan, heritage: &mut Heritage) -> Option<u8> {
        let why = Why::of(heritage);
        let core = &self.core;
        let ladder = &mut heritage.ladder;
        let header = core.region.header();
        let from = header.applied.load(Ordering::Relaxed);
        (ladder.due, ladder.to_zero) = (false, false);
        match plan {
            Plan::Stop(exit) => {
                log::warn!("stopping the tree with exit code {exit}, as `decide` says; {why}");
                return Some(exit);
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
                let commits = core.region.rollback_to(position);
                let to = header.applied.load(Ordering::Relaxed);
                let name = name.as_ref().map_or("", |name| name.as_str());
                let at = if name.is_empty() { "" } else { " to checkpoint " };
                log::warn!("rolled back{at}{name}: {commits} commits undone, commit {from} -> {to}; {why}");
                fault::point(Point::LadderRolledBack);
            }
            Plan::Reset => {
                core.region.announce_reset();
                core.region.finish_reset();
                ladder.was_reset = true;
                core.keep(*ladder);
                log::warn!("reset at commit {from}, epoch {}; {why}", core.region.epoch());
            }
        }
        // It is planned: whoever could not decide is asked again about the next death.
        header.calling.store(0, Ordering::Release);
        None
    }
}

impl super::Core {
    /// Notes the commit that a rollback begins at, unless one has begun already, and that peers are to be heard of again.
    pub(super) fn begin_rollback(&self) {
        self.region.unhear();
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
