//! Random rows of steps, and how they end.

use perennial::state::Escalation;
use perennial_tests::members::NAMES;
use perennial_tests::members::damage::Damage;
use perennial_tests::members::step::{Death, Step, Will};
use proptest::prelude::*;

const CHECKPOINTS: [&str; 4] = ["a", "b", "c", "d"];

fn death() -> impl Strategy<Value = Death> {
    prop_oneof![
        60 => Just(Death::Crashed),
        40 => Just(Death::Killed),
        40 => Just(Death::Panicked),
        20 => Just(Death::Returned),
        20 => Just(Death::Failed),
        20 => Just(Death::Exited),
        1 => Just(Death::Hung),
    ]
}

/// One step.
pub fn step() -> impl Strategy<Value = Step> {
    let who = || 0..NAMES.len();
    // The last two show only where a rollback follows, or in one member.
    let damage = prop_oneof![
        6 => Just(Damage::None),
        6 => prop::sample::select(&Damage::ALL[..]),
        2 => Just(Damage::History),
        2 => Just(Damage::Copy),
    ];
    let will = prop_oneof![
        Just(Will::Resume),
        Just(Will::Reset),
        (0..4_u64).prop_map(Will::Back),
        Just(Will::BackTo),
        Just(Will::Panic),
        Just(Will::Panic),
        Just(Will::Stop),
    ];
    let escalation = prop_oneof![
        (0..=255_u8).prop_map(Escalation::Stop),
        Just(Escalation::Reset),
        Just(Escalation::Abandon)
    ];
    prop_oneof![
        100 => (who(), 1..100_u64).prop_map(|(who, by)| Step::Change(who, by)),
        30 => (who(), will).prop_map(|(who, will)| Step::Will(who, will)),
        40 => (who(), prop::sample::select(&CHECKPOINTS[..])).prop_map(|(who, name)| Step::Checkpoint(who, name)),
        30 => (who(), 0..5_u64).prop_map(|(who, commits)| Step::Rollback(who, commits)),
        100 => (who(), death(), damage).prop_map(|(who, death, damage)| Step::Die(who, death, damage)),
        1 => Just(Step::Freeze(0)),
        10 => (1..NAMES.len()).prop_map(Step::Freeze),
        10 => (1..NAMES.len()).prop_map(Step::Thaw),
        30 => (who(), 0..7_u32, escalation).prop_map(|(who, most, then)| Step::Limit(who, most, then)),
    ]
}

/// How the row ends, if the tree has not ended by itself.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// An operator stops it.
    Stopped,
    /// A member asks for this exit code.
    Shutdown(u8),
}

/// One end.
pub fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Stopped), any::<u8>().prop_map(End::Shutdown)]
}
