//! Daemons that climb the recovery ladder, each as the scenario on the command line says; those that are not named
//! there wait to be stopped.

mod careful;
mod climber;
mod decider;
mod eater;
mod hanger;
mod picky;
mod turner;
mod zeroed;

use careful::{Careful, Twins};
use climber::{Climber, Sleeper};
use decider::Decider;
use eater::{Eater, Feeder};
use hanger::Hanger;
use perennial::prelude::*;
use perennial_tests::{say, wild};
use picky::{Baker, Picky};
use turner::Turner;
use zeroed::{Ordered, Zeroed};

/// The words of the command line: whose scenario it is, and which.
#[derive(Debug)]
pub struct Scenario {
    daemon: String,
    name: String,
}

/// The set-up hook: reads the command line.
fn parse() -> Result<Scenario, Error> {
    let mut words = perennial::arguments().filter_map(|word| word.into_string().ok());
    let (Some(daemon), Some(name)) = (words.next(), words.next()) else {
        return Err(Error::new("name a daemon and a scenario"));
    };
    Ok(Scenario { daemon, name })
}

/// The scenario of daemon `name`, if it is meant.
pub fn scenario(name: &str) -> Option<&'static str> {
    let scenario: &Scenario = perennial::root::setup_value()?;
    (scenario.daemon == name).then_some(&scenario.name)
}

/// Dies of a store through a null pointer, which the kernel answers.
pub fn crash() {
    // SAFETY: none; the kernel ends the process here.
    unsafe { libc::memset(core::hint::black_box(core::ptr::null_mut()), 1, 4) };
}

/// Is killed by a signal that leaves no report.
pub fn die() {
    // SAFETY: takes numbers.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
}

/// Says what the ladder has made of the last death.
pub fn rise<S: Daemon>(me: &Handle<S>, state: core::fmt::Arguments<'_>) {
    let (how, commits) = match me.recovered() {
        Recovered::First => ("first", 0),
        Recovered::Resumed => ("resumed", 0),
        Recovered::RolledBack { commits } => ("rolled-back", commits),
        Recovered::Reset => ("reset", 0),
    };
    let cause = match me.start() {
        Start::First => "none",
        Start::Again(cause) => perennial::report::brief(cause),
    };
    say!("up generation={} how={how} commits={commits} cause={cause} {state}", me.generation());
}

/// Waits to be stopped: what a daemon does that no scenario names.
///
/// # Errors
/// As for the wait.
pub fn rest<S: Daemon>(me: &mut Handle<S>) -> Outcome {
    me.wait_for_stop()
}

root! {
    mem = "8MiB";
    name = "ladder";
    setup = parse;
    daemons: [Climber, Sleeper, Decider, Careful, Twins, Feeder, Eater, Zeroed, Ordered, Turner, Baker, Picky, Hanger];
    rings: [Feeder.out -> Eater.inbox (attempts = 5), Baker.out -> Picky.inbox (attempts = 2)];
}
