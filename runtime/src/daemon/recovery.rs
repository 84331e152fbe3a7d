//! From a predecessor's death to a state that `run` may begin with: replay, the rung of the ladder that is due, and a
//! check of what comes out of it.
//!
//! The order matters, because every step may be the last one of this process: first the record that was published,
//! then the message that was being handled (each counts once), then a rollback that an earlier newborn began, then
//! what is due about this death, then commits that do not validate are undone one by one. What was done is told to
//! the program; the marks of it are removed right before `run` is entered.

use super::inherit::{Heritage, VALIDATE};
use super::ladder::Ladder;
use super::plan::Plan;
use super::validate::check;
use super::{Activity, Daemon, Error, Handle, Recovered, Start, discarded};
use crate::commit::Recovery;
use crate::fault::{self, Point};
use crate::logger::Line;
use crate::state::{Attempt, FieldSet};
use core::sync::atomic::Ordering;

/// Why a state cannot be begun with.
pub enum Unsound {
    /// The field in this row holds bytes that its type does not allow.
    Field(usize),
    /// The user's check refused the whole.
    Refused(Error),
}

impl<D: Daemon> Handle<D> {
    /// Brings the state to where the daemon may begin. `Some` with an exit code if it may not, but is to have the
    /// whole tree stopped.
    pub(super) fn recover(&mut self, mut heritage: Heritage) -> Option<u8> {
        let resetting = self.core.region.header().resetting.load(Ordering::Acquire) != 0;
        let recovery = self.core.region.recover();
        // With the mark of a reset that was finished just now.
        heritage.ladder = Ladder::unpack(self.core.region.header().ladder.load(Ordering::Acquire));
        self.core.wake_everybody();
        let Some(facts) = heritage.facts.filter(|_| recovery != Recovery::Fresh) else {
            // Nothing was ever committed: whatever was due is done.
            self.core.keep(Ladder { due: false, to_zero: false, ..heritage.ladder });
            D::begin(&mut self.cells);
            return None;
        };
        self.started(Start::Again(heritage.cause));
        if recovery == Recovery::Damaged {
            log::error!("the published record or the header was written over; the state is reset");
        } else if resetting {
            log::warn!("a reset goes on that its newborn died in");
        }
        if heritage.ladder.was_reset {
            self.settle(&mut heritage.ladder);
        } else {
            self.go_on_rolling_back();
        }
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
        } else if heritage.ladder.was_reset {
            log::warn!(
                "all-zero since a reset, with no `run` in between; predecessor {}",
                facts.ended.describe()
            );
        } else {
            let (at, how) = (self.sequence(), recovery.describe());
            // Not by `log::info`: a newborn's first use of formatting costs it several page faults.
            let line = Line::new(log::Level::Info).text("resumed at commit ").number(at).text(" (").text(how);
            line.text("); predecessor ").text(facts.ended.describe()).log();
        }
        while let Err(unsound) = sound {
            sound = self.undo_unsound(&unsound, &mut heritage);
        }
        self.find_out_what_was_done(&heritage);
        self.core.hear_again();
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

    /// Whatever is due about any death is done once the state has been reset: `run` was not entered since.
    fn settle(&self, ladder: &mut Ladder) {
        (ladder.due, ladder.to_zero) = (false, false);
        self.core.keep(*ladder);
        // Whoever could not decide is asked again about the next death.
        self.core.region.header().calling.store(0, Ordering::Release);
    }

    /// Goes on with a rollback that an earlier newborn began.
    fn go_on_rolling_back(&mut self) {
        let header = self.core.region.header();
        let Some(position) = header.target.load(Ordering::Acquire).checked_sub(1) else { return };
        let from = header.applied.load(Ordering::Relaxed);
        let commits = self.core.region.rollback_to(position);
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
            self.core.region.announce_reset();
            self.core.region.finish_reset();
            heritage.ladder.was_reset = true;
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
        let commits = match self.recovered {
            Recovered::RolledBack { commits } => Some(commits),
            Recovered::Reset => None,
            Recovered::First | Recovered::Resumed => return,
        };
        discarded::note(&self.core.region, commits);
        if discarded::told(D::FIELDS).next().is_some() {
            log::warn!("discarded, with the messages:{}", discarded::Listed(D::FIELDS));
        }
    }
}
