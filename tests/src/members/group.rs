//! What must become of the tree: who is started again when a member dies, from which state, and with which exit code it
//! ends; worked out without any process.

use super::damage::Damage;
use super::model::{Memory, Outcome, Recovery};
use super::step::Death;
use super::{Front, Middle, NAMES, Rear};
use perennial::root::exit_code::{DONE, FORCED, RESTARTS};
use perennial::state::{Escalation, Kind, Options, State as _};

/// What a death means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing.
    OneForOne,
    /// Those behind it are started again as well.
    RestForOne,
    /// All others are.
    OneForAll,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It does as it is told.
    Running,
    /// A signal has stopped it.
    Frozen,
    /// It is done.
    Over,
    /// The tree goes on without it.
    Abandoned,
}

/// One member.
#[derive(Clone, Debug)]
pub struct Member {
    options: &'static Options,
    /// Its state.
    pub memory: Memory,
    /// Its newest incarnation.
    pub generation: u64,
    /// What it is.
    pub life: Life,
    /// Restarts that count.
    restarts: u32,
    /// Whether root has ordered a reset already.
    was_reset: bool,
    /// Restarts that there may be, as the operator has it.
    pub most: u32,
    /// What follows from one more.
    pub escalation: Escalation,
}

/// What follows from a death.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follows {
    /// Who is born again, and what is said to have been done about its state.
    pub reborn: Vec<(usize, Recovery)>,
    /// The tree ends, with this code.
    pub ends: Option<i32>,
}

/// The tree.
#[derive(Clone, Debug)]
pub struct Group {
    strategy: Strategy,
    /// The members, in their order.
    pub members: [Member; 3],
}

impl Member {
    fn new(options: &'static Options, validates: bool) -> Self {
        Self {
            options,
            memory: Memory::new(options, validates),
            generation: 1,
            life: Life::Running,
            restarts: 0,
            was_reset: false,
            most: options.max_restarts,
            escalation: options.escalation,
        }
    }

    fn is_there(&self) -> bool {
        matches!(self.life, Life::Running | Life::Frozen)
    }

    /// Whether it is killed for standing still.
    pub fn is_watched(&self) -> bool {
        self.options.watchdog.is_some()
    }

    /// It is not started again; what it has left is made good by one more incarnation.
    fn retire(&mut self, life: Life, death: Death, damage: Damage) {
        let done = matches!(death, Death::Returned | Death::Failed | Death::Panicked);
        let half_done = matches!(
            damage,
            Damage::Published | Damage::Applied | Damage::Torn | Damage::Lock | Damage::Resetting
        );
        if !done || half_done {
            self.generation += 1;
            self.memory.replay(damage);
        }
        self.memory.is_spoilt = matches!(damage, Damage::Field | Damage::Copy);
        self.life = life;
    }
}

impl Group {
    /// A tree that has just been started.
    pub fn new(strategy: Strategy) -> Self {
        let members = [
            Member::new(&Front::OPTIONS, false),
            Member::new(&Middle::OPTIONS, false),
            Member::new(&Rear::OPTIONS, true),
        ];
        Self { strategy, members }
    }

    /// A member dies.
    pub fn die(&mut self, who: usize, death: Death, damage: Damage) -> Follows {
        let member = &mut self.members[who];
        if damage.is_of_the_newest_record() {
            member.memory.commit(1, None);
        }
        let mut ordered = false;
        if member.options.kind == Kind::Transient && death == Death::Returned {
            member.retire(Life::Over, death, damage);
            return self.unless_all_are_gone(Follows::default());
        }
        member.restarts += 1;
        if member.restarts > member.most {
            match member.escalation {
                Escalation::Stop(code) => return Follows { ends: Some(code.into()), ..Follows::default() },
                Escalation::Reset if member.was_reset => {
                    return Follows { ends: Some(RESTARTS), ..Follows::default() };
                }
                Escalation::Reset => (ordered, member.was_reset, member.restarts) = (true, true, 0),
                Escalation::Abandon => {
                    member.retire(Life::Abandoned, death, damage);
                    return self.unless_all_are_gone(Follows::default());
                }
            }
        }
        let from = match self.strategy {
            Strategy::OneForOne => self.members.len(),
            Strategy::RestForOne => who + 1,
            Strategy::OneForAll => 0,
        };
        let mut follows = Follows::default();
        for (index, member) in self.members.iter_mut().enumerate() {
            let outcome = if index == who {
                member.memory.recover(Some(death), ordered, damage)
            } else if index >= from && member.is_there() {
                member.memory.recover(None, false, Damage::None)
            } else {
                continue;
            };
            member.generation += 1;
            member.life = Life::Running;
            match outcome {
                Outcome::Reborn(recovery) => follows.reborn.push((index, recovery)),
                Outcome::Stops(code) => follows.ends = Some(code.into()),
            }
        }
        follows
    }

    /// The tree ends by itself once nobody is left.
    fn unless_all_are_gone(&self, follows: Follows) -> Follows {
        if self.members.iter().any(Member::is_there) {
            return follows;
        }
        let abandoned = self.members.iter().any(|member| member.life == Life::Abandoned);
        Follows { ends: Some(if abandoned { RESTARTS } else { DONE }), ..follows }
    }

    /// The exit code of a tree that is asked to stop with `code`: who stands still has to be killed.
    pub fn code(&self, code: i32) -> i32 {
        let forced = self.members.iter().any(|member| member.life == Life::Frozen);
        if forced && code == DONE { FORCED } else { code }
    }

    /// What the operator's file says.
    pub fn settings(&self) -> String {
        let line = |(name, member): (&str, &Member)| {
            let escalation = match member.escalation {
                Escalation::Stop(code) => format!("stop({code})"),
                Escalation::Reset => "reset".to_owned(),
                Escalation::Abandon => "abandon".to_owned(),
            };
            format!("{name}.max_restarts = {}\n{name}.escalation = {escalation}\n", member.most)
        };
        NAMES.into_iter().zip(&self.members).map(line).collect()
    }
}
