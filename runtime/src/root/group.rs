//! What one daemon's death means for the others: the strategies of OTP's supervisors.
//!
//! The others are stopped in the reverse of the order in which they start, one after the other, each with its
//! `stop_timeout`. Nobody is started before all of them have stopped.

use super::block::Phase;
use super::child::State;
use super::supervisor::Supervisor;
use super::time::Time;
use super::tree::Strategy;
use crate::logger::Line;
use crate::state::Kind;
use log::Level;

impl Supervisor {
    /// Daemon `index` has died and is to be started again at `at`: says who goes with it.
    pub(super) fn regroup(&mut self, index: usize, at: Time) {
        let place = self.place_of(index);
        let from = match self.tree.strategy {
            Strategy::OneForOne => return,
            Strategy::OneForAll => 0,
            Strategy::RestForOne => place.saturating_add(1),
        };
        let mut members = 0_u64;
        for other in from..self.count() {
            let other = self.in_order(other);
            if other == index {
                continue;
            }
            let temporary = self.daemon(other).options.kind == Kind::Temporary;
            let child = self.child_mut(other);
            match child.state {
                State::Ended => continue,
                _ if child.retiring.is_some() => continue,
                State::Due(due) => child.state = State::Due(due.max(at)),
                State::Running | State::Stopping(_) | State::Killed(_) => {
                    child.regroup = Some(child.regroup.unwrap_or(at).max(at));
                }
            }
            members = members.saturating_add(u64::from(!temporary));
        }
        if members > 0 {
            Line::new(Level::Warn)
                .text("with ")
                .text(self.daemon(index).name)
                .text(" ")
                .number(members)
                .text(if members == 1 { " other daemon is" } else { " other daemons are" })
                .text(" started again")
                .log();
        }
    }

    /// Whether somebody still has to stop before anybody is started.
    pub(super) fn is_regrouping(&self) -> bool {
        (0..self.count()).any(|index| self.child(index).is_alive() && self.child(index).regroup.is_some())
    }

    /// Stops the next one of those that are to be started again together.
    pub(super) fn advance_regroup(&mut self, now: Time) {
        for place in (0..self.count()).rev() {
            let index = self.in_order(place);
            if self.child(index).regroup.is_some() && self.child(index).is_alive() {
                self.press(index, now);
                return;
            }
        }
    }

    /// A daemon that was stopped to be started again has ended; returns whether that is what happened.
    pub(super) fn has_regrouped(&mut self, index: usize) -> bool {
        let temporary = self.daemon(index).options.kind == Kind::Temporary;
        let child = self.child_mut(index);
        let Some(at) = child.regroup else { return false };
        if child.state == State::Running {
            // It was not its turn yet: this is a death of its own.
            return false;
        }
        child.regroup = None;
        if temporary {
            self.retire(index, Phase::Ended);
        } else {
            child.state = State::Due(at);
            self.show_phase(index);
        }
        true
    }
}
