//! A real tree against a model of it: random rows of changes, transactions, checkpoints, rollbacks and deaths, and
//! after each of them the state, the number of commits, the epoch and the incarnation; at the end the exit code.
//!
//! It goes on for `PERENNIAL_MACHINE_SECONDS` (30), one row of steps for each seed, from `PERENNIAL_MACHINE_SEED` (1)
//! on. A row that fails is shortened, and printed with its seed.

use perennial::test::{Ended, Event, Launch, Tree, What};
use perennial_tests::machine::model::{Death, ESCALATED, MOST_RESTARTS, Manner, Model, Recovery, Step};
use perennial_tests::machine::{Bystander, Subject};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::time::{Duration, Instant};

const MACHINE: &str = env!("CARGO_BIN_EXE_machine");
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn death() -> impl Strategy<Value = Death> {
    prop_oneof![
        6 => prop_oneof![Just(Manner::Panic), Just(Manner::Abort), Just(Manner::Kill)].prop_map(Death::Changing),
        2 => Just(Death::Killed),
        1 => Just(Death::Returned),
        1 => Just(Death::Failed),
        4 => Just(Death::Panicked),
        1 => (0..=255_u8).prop_map(Death::Exited),
        1 => Just(Death::Hung),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let manner = prop_oneof![
        4 => Just(Manner::Ok),
        1 => Just(Manner::Err),
        1 => Just(Manner::Panic),
        1 => Just(Manner::Abort),
        1 => Just(Manner::Kill),
    ];
    let name = || prop::sample::select(&NAMES[..]);
    prop_oneof![
        5 => (prop::bool::weighted(0.8), 1..100_u64).prop_map(|(ok, by)| Step::Change(ok, by)),
        4 => (manner, 1..100_u64).prop_map(|(manner, by)| Step::Fly(manner, by)),
        3 => name().prop_map(Step::Checkpoint),
        1 => (0..5_u64).prop_map(Step::Rollback),
        1 => name().prop_map(Step::Return),
        5 => death().prop_map(Step::Die),
    ]
}

/// How the row ends, if the tree has not ended by itself.
#[derive(Clone, Copy, Debug)]
enum End {
    /// An operator stops it.
    Stopped,
    /// The subject asks for this exit code.
    Shutdown(u8),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Stopped), any::<u8>().prop_map(End::Shutdown)]
}

/// A tree and what it must be.
struct Pair {
    tree: Tree,
    model: Model,
}

impl Pair {
    fn new() -> Self {
        let mut tree = Launch::new(MACHINE).start();
        tree.await_event(Event::ready("Bystander"));
        tree.await_event(Event::ready("Subject"));
        Self { tree, model: Model::default() }
    }

    /// Tells the subject, which must say what the model says.
    fn ask(&mut self, command: &str, result: u64) {
        self.tree.send(command);
        let said = self.tree.line(&format!("did {command}: "));
        assert!(said.contains(&format!(": {result}.")), "{said}: {result} was to be expected");
    }

    /// Carries out one step; whether the tree goes on.
    fn step(&mut self, step: Step) -> bool {
        match step {
            Step::Change(ok, by) => {
                self.ask(&format!("change {} {by}", if ok { Manner::Ok } else { Manner::Err }), ok.into());
                if ok {
                    self.model.commit(by);
                }
            }
            Step::Fly(manner, by) => {
                self.ask(&format!("fly {manner} {by}"), (manner == Manner::Ok).into());
                if manner == Manner::Ok {
                    self.model.commit(by);
                }
            }
            Step::Checkpoint(name) => {
                self.ask(&format!("checkpoint {name}"), 1);
                self.model.checkpoint(name);
            }
            Step::Rollback(commits) => {
                let undone = self.model.undo(commits as usize);
                self.ask(&format!("rollback {commits}"), undone);
            }
            Step::Return(name) => {
                let since = self.model.since(name);
                let undone = since.map_or(u64::MAX, |commits| self.model.undo(commits));
                self.ask(&format!("return {name}"), undone);
            }
            Step::Die(death) => return self.die(death),
        }
        self.compare();
        true
    }

    fn die(&mut self, death: Death) -> bool {
        let generation = self.model.generation;
        let command = match death {
            Death::Changing(manner) => format!("change {manner} 7"),
            Death::Killed => String::new(),
            Death::Returned => "end".to_owned(),
            Death::Failed => "fail".to_owned(),
            Death::Panicked => "panic".to_owned(),
            Death::Exited(code) => format!("exit {code}"),
            Death::Hung => "hang".to_owned(),
        };
        self.tree.mark();
        if command.is_empty() {
            assert_eq!(self.tree.kill("Subject"), generation);
        } else {
            self.tree.nudge(&command);
        }
        let Some(recovery) = self.model.die(death) else { return false };
        let died = self.tree.await_event(Event::died("Subject").generation(generation));
        let (ended, detail) = death.told();
        assert_eq!(died.ended, ended, "{death:?}");
        assert!(detail == 0 || died.detail == detail, "{death:?}: {}", died.detail);
        self.tree.await_event(Event::ready("Subject").generation(self.model.generation));
        let risen = format!("up generation={} {recovery} .", self.model.generation);
        self.tree.line(&risen);
        self.compare();
        true
    }

    /// The tree and the model are the same.
    fn compare(&mut self) {
        let seen = self.tree.state::<Subject>();
        let state = seen.value.state();
        let found = (*state.value, seen.sequence, seen.epoch, seen.generation);
        let Model { value, sequence, epoch, generation, .. } = &self.model;
        assert_eq!(found, (*value, *sequence, *epoch, *generation), "value, commits, epoch, incarnation");
        assert!(state.copies.iter().all(|copy| copy == value), "the copies: {:?}", state.copies.get(0_usize));
    }

    /// How many incarnations root told of, whom nothing was to happen to, and the exit code.
    fn end(mut self, end: Option<End>) {
        let starts = *self.tree.state::<Bystander>().value.state().starts;
        let code = match end {
            None => ESCALATED,
            Some(End::Stopped) => {
                self.tree.signal(libc::SIGTERM);
                0
            }
            Some(End::Shutdown(code)) => {
                self.ask(&format!("shutdown {code}"), 0);
                code.into()
            }
        };
        let started = self.tree.events().iter().filter(|event| event.what == What::Started);
        let (subjects, others): (Vec<_>, Vec<_>) = started.partition(|event| event.daemon == "Subject");
        assert_eq!((subjects.len() as u64, others.len(), starts), (self.model.generation, 1, 1));
        let ended: Ended = self.tree.end();
        assert_eq!((ended.code, ended.signal), (Some(code), None), "{}", ended.lines.join("\n"));
    }
}

fn run(steps: &[Step], end: End) -> u64 {
    let mut pair = Pair::new();
    pair.compare();
    for (done, step) in steps.iter().enumerate() {
        if !pair.step(*step) {
            pair.end(None);
            return done as u64 + 1;
        }
    }
    pair.end(Some(end));
    steps.len() as u64
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn a_tree_is_what_its_model_says() {
    let deadline = Instant::now() + Duration::from_secs(number("PERENNIAL_MACHINE_SECONDS", 30));
    let first = number("PERENNIAL_MACHINE_SEED", 1);
    let (mut seed, mut steps) = (first, 0);
    while seed == first || Instant::now() < deadline {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = ProptestConfig {
            failure_persistence: None,
            max_shrink_iters: 200,
            ..ProptestConfig::with_cases(1)
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let done = core::cell::Cell::new(0);
        let judged = runner.run(&(prop::collection::vec(step(), 1..40), end()), |(steps, end)| {
            done.set(run(&steps, end));
            Ok(())
        });
        if let Err(failure) = judged {
            panic!("PERENNIAL_MACHINE_SEED={seed}: {failure}");
        }
        (seed, steps) = (seed + 1, steps + done.get());
    }
    println!("{} trees, {steps} steps", seed - first);
}

/// The model itself: the ladder as SUPERVISION.md has it.
#[test]
fn the_model_climbs() {
    let mut model = Model::default();
    for by in 1..=4 {
        model.commit(by);
    }
    model.checkpoint("a");
    model.commit(5);
    let abort = Death::Changing(Manner::Abort);
    assert_eq!(model.die(abort), Some(Recovery::Resumed));
    assert_eq!(model.die(Death::Killed), Some(Recovery::Resumed));
    assert_eq!(model.die(Death::Hung), Some(Recovery::Resumed));
    assert_eq!(model.die(Death::Panicked), Some(Recovery::RolledBack(1)));
    assert_eq!((model.value, model.sequence, model.epoch), (10, 6, 1));
    assert_eq!(model.die(abort), Some(Recovery::RolledBack(4)));
    assert_eq!(model.die(Death::Returned), Some(Recovery::Resumed));
    assert_eq!(model.die(abort), Some(Recovery::Reset));
    assert_eq!((model.value, model.sequence, model.epoch), (0, 10, 6));
    assert_eq!(u64::from(MOST_RESTARTS), model.generation - 1);
    assert_eq!(model.die(Death::Killed), None, "one too many");
}
