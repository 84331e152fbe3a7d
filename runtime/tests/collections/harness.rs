//! The harness: what happens to a collection, whatever it is, and that it equals its model all the while.
//!
//! A collection joins with a daemon that has it as its one field, an implementation of [`Subject`] and a call of
//! [`subject!`](crate::harness::subject). A record of a few KiB is best: then some changes are larger, and are
//! seen to change nothing.

use perennial::prelude::*;
use perennial::state::{Field, State};
use proptest::prelude::*;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A collection under test.
pub trait Subject {
    /// The collection.
    type It: ?Sized + Field;
    /// A daemon whose one field it is.
    type State: Lone<It = Self::It>;
    /// What std has for it.
    type Model: Clone + PartialEq + Debug + Default;
    /// Something that can be done to both.
    type Op: Clone + Debug;

    /// Any operation, those that must fail included.
    fn op() -> BoxedStrategy<Self::Op>;
    /// Does it to both and compares what they answer. Must not panic, whatever the collection answers.
    fn carry_out(it: &mut Self::It, model: &mut Self::Model, op: &Self::Op) -> Result<(), TestCaseError>;
    /// What the collection holds, read in more than one way where there is more than one.
    fn read(it: &Self::It) -> Self::Model;
}

/// A daemon with one field, `it`.
pub trait Lone: State {
    /// The field's type.
    type It: ?Sized + Field;
    /// The field.
    fn it_mut(state: <Self as State>::Mut<'_>) -> &mut Self::It;
    /// The committed field.
    fn it(state: <Self as State>::Ref<'_>) -> &Self::It;
}

/// What happens to the operations.
#[derive(Clone, Debug)]
pub enum Step<Op> {
    Commit(Vec<Op>),
    Discard(Vec<Op>),
    Panic(Vec<Op>),
    /// The commit point has passed; this many bytes of the image are applied.
    Die(usize, Vec<Op>),
    Rollback(usize),
    Reset,
}

fn step<S: Subject + 'static>() -> impl Strategy<Value = Step<S::Op>> {
    let ops = || proptest::collection::vec(S::op(), 0..30);
    prop_oneof![
        8 => ops().prop_map(Step::Commit),
        1 => ops().prop_map(Step::Discard),
        1 => ops().prop_map(Step::Panic),
        2 => (0..4096_usize, ops()).prop_map(|(torn, ops)| Step::Die(torn, ops)),
        2 => (0..4_usize).prop_map(Step::Rollback),
        1 => Just(Step::Reset),
    ]
}

/// Rows of steps for the test that [`subject!`](crate::harness::subject) writes.
pub fn steps<S: Subject + 'static>() -> impl Strategy<Value = Vec<Step<S::Op>>> {
    proptest::collection::vec(step::<S>(), 1..30)
}

/// Carries out `ops` and compares after each; the first difference.
fn all<S: Subject>(it: &mut S::It, model: &mut S::Model, ops: &[S::Op]) -> Result<(), TestCaseError> {
    for op in ops {
        S::carry_out(it, model, op)?;
        prop_assert_eq!(S::read(it), model.clone(), "after {:?}", op);
    }
    Ok(())
}

/// The collection and its model, and what both have been.
struct Pair<S: Subject> {
    scratch: Scratch<S::State>,
    now: S::Model,
    past: Vec<S::Model>,
}

impl<S: Subject> Pair<S> {
    /// Changes both by `update`, which commits, or leaves both as they were.
    fn change(
        &mut self,
        ops: &[S::Op],
        discard: bool,
        update: impl FnOnce(&mut Scratch<S::State>, Changing<'_, S>) -> Result<(), Failure<()>>,
    ) -> Result<(), TestCaseError> {
        let (mut next, mut difference) = (self.now.clone(), Ok(()));
        let before = self.scratch.sequence();
        let done = update(
            &mut self.scratch,
            Box::new(|state| {
                difference = all::<S>(S::State::it_mut(state), &mut next, ops);
                if discard { Err(()) } else { Ok(()) }
            }),
        );
        match done {
            // Once a write has not fit, nothing that is read counts any more.
            Err(Failure::OverBudget(_)) => return Ok(()),
            Ok(()) if !discard => {
                let earlier = std::mem::replace(&mut self.now, next);
                if self.scratch.sequence() == before {
                    prop_assert_eq!(&earlier, &self.now, "nothing was written");
                } else {
                    self.past.push(earlier);
                }
            }
            Err(Failure::Task(())) if discard => {}
            other => prop_assert!(false, "{other:?}"),
        }
        difference
    }
}

type Changing<'a, S> = Box<dyn FnOnce(<<S as Subject>::State as State>::Mut<'_>) -> Result<(), ()> + 'a>;

/// Runs a row of steps.
pub fn follows_the_model<S: Subject>(steps: &[Step<S::Op>]) -> Result<(), TestCaseError> {
    let mut pair = Pair::<S> { scratch: Scratch::new(), now: S::Model::default(), past: Vec::new() };
    for step in steps {
        match step {
            Step::Commit(ops) => pair.change(ops, false, |it, change| it.update(change))?,
            Step::Discard(ops) => pair.change(ops, true, |it, change| it.update(change))?,
            Step::Die(torn, ops) => pair.change(ops, false, |it, change| it.update_dying(*torn, change))?,
            Step::Panic(ops) => {
                let mut next = pair.now.clone();
                let panics = || {
                    pair.scratch.update(|state| -> Result<(), ()> {
                        let _ = all::<S>(S::State::it_mut(state), &mut next, ops);
                        resume_unwind(Box::new("on purpose"))
                    })
                };
                let payload = catch_unwind(AssertUnwindSafe(panics)).expect_err("it panics");
                prop_assert!(payload.is::<&str>(), "a panic of its own");
            }
            Step::Rollback(commits) => {
                for _ in 0..pair.scratch.rollback(*commits) {
                    pair.now = pair.past.pop().expect("no more is undone than was committed");
                }
            }
            Step::Reset => {
                pair.scratch.reset();
                pair.now = S::Model::default();
                pair.past.clear();
            }
        }
        prop_assert_eq!(S::read(S::State::it(pair.scratch.state())), pair.now.clone(), "after {:?}", step);
    }
    Ok(())
}

/// Changes `payload` to something else that may be meant: a small number, a flipped bit, all ones, or noise.
fn damage(payload: &mut [u8], seed: &mut u64) {
    // A linear congruential generator (Knuth, TAOCP 3.3.4); its upper half is good enough for this.
    let mut random = |below: usize| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize % below.max(1)
    };
    let word = random(payload.len().div_ceil(4)) * 4;
    let end = payload.len().min(word + 4);
    match random(8) {
        0..=2 => payload[word..end].copy_from_slice(&(random(40) as u32).to_le_bytes()[..end - word]),
        3 => payload[random(end)] ^= 1 << random(8),
        4 => payload.fill(0xff),
        5 => payload.fill_with(|| random(256) as u8),
        _ => {}
    }
}

/// Whatever a damaged transaction gets past the checks of the field, nothing panics, leaves the image or hangs.
pub fn survives_damage<S: Subject>(changes: &[Vec<S::Op>], mut seed: u64) -> Result<(), TestCaseError> {
    let mut scratch = Scratch::<S::State>::new();
    for (round, ops) in changes.iter().enumerate() {
        let damaged = |payload: &mut [u8]| {
            if round % 3 != 2 {
                damage(payload, &mut seed);
            }
        };
        let done = scratch.update_damaged(&mut { damaged }, |state| {
            let (it, mut model) = (S::State::it_mut(state), S::Model::default());
            for op in ops {
                // What it answers is anybody's guess.
                let _ = S::carry_out(it, &mut model, op);
                let _ = S::read(it);
            }
            Ok::<_, ()>(())
        });
        prop_assert!(matches!(done, Ok(()) | Err(Failure::OverBudget(_))), "{done:?}");
        let _ = S::read(S::State::it(scratch.state()));
    }
    Ok(())
}

/// Writes the tests of one subject whose daemon has one field, `it`.
macro_rules! subject {
    ($subject:ty, $state:ty, $cases:expr) => {
        impl crate::harness::Lone for $state {
            type It = <$subject as crate::harness::Subject>::It;
            fn it_mut(state: <$state as perennial::state::State>::Mut<'_>) -> &mut Self::It {
                state.it
            }
            fn it(state: <$state as perennial::state::State>::Ref<'_>) -> &Self::It {
                state.it
            }
        }

        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig {
                failure_persistence: None,
                ..proptest::prelude::ProptestConfig::with_cases($cases)
            })]
            #[test]
            fn it_follows_the_model(steps in crate::harness::steps::<$subject>()) {
                crate::harness::follows_the_model::<$subject>(&steps)?;
            }

            #[test]
            fn it_survives_damage(
                changes in proptest::collection::vec(
                    proptest::collection::vec(<$subject as crate::harness::Subject>::op(), 0..30), 1..12),
                seed in proptest::prelude::any::<u64>(),
            ) {
                crate::harness::survives_damage::<$subject>(&changes, seed)?;
            }
        }
    };
}
pub(crate) use subject;
