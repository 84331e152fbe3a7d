//! Trees for a state machine whose steps concern more than one daemon: three that depend on one another, each with another
//! policy, under each of the strategies. They do as they are told, each through a pipe of its own, and die with what
//! they remember written over. [`model`] says what must come of it.

pub mod damage;
pub mod group;
pub mod model;
pub mod step;

use crate::say;
use crate::say::{command_from, line};
use damage::Damage;
use perennial::prelude::*;
use std::fs::OpenOptions;
use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use step::{Death, Will};

/// Who there is, in the order in which they start.
pub const NAMES: [&str; 3] = ["Front", "Middle", "Rear"];

/// The ends of the pipes through which they are told.
#[derive(Debug)]
pub struct Pipes([RawFd; 3]);

/// The set-up hook: opens the pipes that the command line names.
///
/// # Errors
/// Where there are no three.
pub fn open() -> Result<Pipes, Error> {
    let mut pipes = [-1; 3];
    let mut paths = perennial::arguments();
    for pipe in &mut pipes {
        let path = paths.next().ok_or(Error::new("name three pipes"))?;
        // For writing as well, so that there is no end of it.
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_CLOEXEC).open(path);
        *pipe = file.map_err(Error::new)?.into_raw_fd();
    }
    Ok(Pipes(pipes))
}

/// What the machine needs of a member: all of them hold the same.
pub trait Member: Daemon {
    /// Value, will, and the flag that each change turns over.
    fn seen(state: &Self::Ref<'_>) -> (u64, u64, bool);
    /// Whether the copies are what the value is.
    fn is_whole(state: &Self::Ref<'_>) -> bool;
    /// The value grows by so much, all of its copies with it; a will, if there is one, is noted.
    fn grow(state: Self::Mut<'_>, by: u64, will: Option<u64>);
}

macro_rules! member {
    ($name:ident, $($option:tt)*) => {
        /// One of the members.
        #[daemon(
            mem = "512KiB", history = "64KiB", within = "10m", healthy_after = "1h", backoff = "0s", max_backoff = "0s",
            stop_timeout = "200ms", $($option)*
        )]
        pub struct $name {
            /// What the commands change.
            pub value: u64,
            /// What it wants done about its death.
            pub will: u64,
            /// Turned over by each change. Not all bytes are one.
            pub turned: bool,
            /// The value in other words.
            pub copies: Array<u64, 8>,
        }

        impl Member for $name {
            fn seen(state: &Self::Ref<'_>) -> (u64, u64, bool) {
                (*state.value, *state.will, *state.turned)
            }

            fn is_whole(state: &Self::Ref<'_>) -> bool {
                state.copies.iter().all(|copy| copy == state.value)
            }

            fn grow(state: Self::Mut<'_>, by: u64, will: Option<u64>) {
                *state.value += by;
                *state.will = will.unwrap_or(*state.will);
                *state.turned = !*state.turned;
                for at in 0..8_u8 {
                    state.copies.set(at, *state.value).expect("an index in range");
                }
            }
        }

        impl Daemon for $name {
            fn run(me: &mut Handle<Self>) -> Outcome {
                live(me)
            }
        }
    };
}

member!(Front, max_restarts = 4, resumes = 1, rollbacks = 1, escalation = reset, watchdog = "2s");
member!(Middle, max_restarts = 5, restart = reset, escalation = abandon);
member!(
    Rear,
    max_restarts = 6,
    resumes = 1,
    rollbacks = 2,
    restart = decide,
    escalation = stop(18),
    kind = transient,
    validate = Rear::check
);

impl Rear {
    fn check(state: &RearRef<'_>) -> Result<(), &'static str> {
        if Self::is_whole(state) { Ok(()) } else { Err("a copy is another") }
    }

    /// What is left of the state says what is to be done.
    fn decide(incident: &Incident<'_, Self>) -> Decision {
        let Ok(state) = &incident.state else { return Decision::Resume };
        match Will::of(*state.will) {
            Will::Resume => Decision::Resume,
            Will::Reset => Decision::Reset,
            Will::Back(commits) => Decision::RollBack(commits as usize),
            Will::BackTo => Decision::RollBackTo("a"),
            Will::Stop => Decision::Stop(step::DECIDED),
            Will::Panic => panic!("as it was told to"),
        }
    }
}

fn live<S: Member>(me: &mut Handle<S>) -> Outcome {
    let (how, commits) = match me.recovered() {
        Recovered::First => ("first", 0),
        Recovered::Resumed => ("resumed", 0),
        Recovered::RolledBack { commits } => ("rolled-back", commits),
        Recovered::Reset => ("reset", 0),
    };
    say!("up name={} generation={} how={how} commits={commits} .", me.name(), me.generation());
    let place = NAMES.iter().position(|name| *name == me.name()).unwrap_or_default();
    let pipe = me.setup::<Pipes>().map_or(-1, |pipes| pipes.0[place]);
    // SAFETY: the set-up hook has opened it, and nobody closes it.
    let watched = unsafe { BorrowedFd::borrow_raw(pipe) };
    me.watch(watched)?;
    loop {
        let woken = me.wait()?;
        if !woken.is_running() {
            return Ok(());
        }
        if woken.has_ready_descriptor()
            && let Some(command) = command_from(pipe)
            && let Some(outcome) = obey(me, &command)
        {
            return outcome;
        }
    }
}

/// Does it and says what came of it; `Some` with how to end.
fn obey<S: Member>(me: &mut Handle<S>, command: &str) -> Option<Outcome> {
    let mut words = command.split(' ');
    let verb = words.next().unwrap_or_default();
    let mut next = || words.next().unwrap_or_default();
    let number = |word: &str| word.parse().unwrap_or(0_u64);
    let said = match verb {
        "change" => grow(me, number(next()), None),
        "will" => grow(me, 1, Some(number(next()))),
        "checkpoint" => u64::from(me.checkpoint(next()).is_ok()),
        "rollback" => me.rollback(number(next()) as usize) as u64,
        "shutdown" => {
            me.shutdown(number(next()) as u8);
            0
        }
        "die" => return Some(die(me, Death::of(next()), Damage::of(next()))),
        _ => u64::MAX,
    };
    line(format_args!("{} did {command}: {said}.", me.name()));
    None
}

fn grow<S: Member>(me: &mut Handle<S>, by: u64, will: Option<u64>) -> u64 {
    u64::from(me.change(|state| S::grow(state, by, will)).is_ok())
}

fn die<S: Member>(me: &mut Handle<S>, death: Death, damage: Damage) -> Outcome {
    if damage.is_of_the_newest_record() {
        grow(me, 1, None);
    }
    damage.inflict::<S>();
    match death {
        Death::Crashed => std::process::abort(),
        Death::Killed => {
            // SAFETY: takes numbers.
            unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            unreachable!("it is dead")
        }
        Death::Panicked => panic!("as it was told to"),
        Death::Returned => Ok(()),
        Death::Failed => Err(Error::new("as it was told to")),
        Death::Exited => std::process::exit(3),
        Death::Hung => loop {
            core::hint::spin_loop();
        },
    }
}
