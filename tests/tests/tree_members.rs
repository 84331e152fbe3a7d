//! Three daemons that depend on one another, under each strategy, against a model of them: random rows of changes, deaths
//! with what they remember written over, freezes, and limits that an operator sets; after each of them the state, the
//! number of commits, the epoch and the incarnation of every one, and what recovery said that it did; at the end the exit code.
//!
//! It goes on for `PERENNIAL_MACHINE_SECONDS` (30), one row of steps for each seed, from `PERENNIAL_MACHINE_SEED` (1)
//! on. A row that fails is shortened, and printed with its seed.

use perennial::daemon::Ended;
use perennial::state::Escalation;
use perennial::test::{Directory, Event, Launch, Tree, What};
use perennial_tests::members::damage::Damage;
use perennial_tests::members::group::{Follows, Group, Life, Strategy as Restarts};
use perennial_tests::members::model::Recovery;
use perennial_tests::members::step::{Death, Step, Will};
use perennial_tests::members::{Front, Member, Middle, NAMES, Rear};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::{Duration, Instant};

const PROGRAMS: [(Restarts, &str); 3] = [
    (Restarts::OneForOne, env!("CARGO_BIN_EXE_members_one")),
    (Restarts::RestForOne, env!("CARGO_BIN_EXE_members_rest")),
    (Restarts::OneForAll, env!("CARGO_BIN_EXE_members_all")),
];
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

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..NAMES.len();
    let damage = prop_oneof![Just(Damage::None), prop::sample::select(&Damage::ALL[..])];
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
        10 => (who(), 0..5_u64).prop_map(|(who, commits)| Step::Rollback(who, commits)),
        100 => (who(), death(), damage).prop_map(|(who, death, damage)| Step::Die(who, death, damage)),
        1 => Just(Step::Freeze(0)),
        10 => (1..NAMES.len()).prop_map(Step::Freeze),
        10 => (1..NAMES.len()).prop_map(Step::Thaw),
        30 => (who(), 0..7_u32, escalation).prop_map(|(who, most, then)| Step::Limit(who, most, then)),
    ]
}

/// How the row ends, if the tree has not ended by itself.
#[derive(Clone, Copy, Debug)]
enum End {
    /// An operator stops it.
    Stopped,
    /// A member asks for this exit code.
    Shutdown(u8),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Stopped), any::<u8>().prop_map(End::Shutdown)]
}

/// What has been done so far, over all rows.
#[derive(Default)]
struct Done {
    steps: Cell<u64>,
    resets: Cell<u64>,
    freezes: Cell<u64>,
    damages: Cell<u64>,
    reborn: Cell<u64>,
    given_up: Cell<u64>,
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// A tree and what it must be.
struct Pair<'a> {
    tree: Tree,
    group: Group,
    pipes: [File; 3],
    settings: String,
    done: &'a Done,
    /// The newest incarnation of each that was frozen: one more freeze of it could not be told from the first.
    frozen: [u64; 3],
}

impl<'a> Pair<'a> {
    fn new((strategy, program): (Restarts, &str), done: &'a Done) -> Self {
        let group = Group::new(strategy);
        let directory = Directory::new();
        let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let paths = NAMES.map(|name| path(&format!("{name}.pipe")));
        let pipes = paths.each_ref().map(|path| {
            nix::unistd::mkfifo(path.as_str(), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
            OpenOptions::new().read(true).write(true).open(path).expect("a pipe")
        });
        let settings = path("settings");
        std::fs::write(&settings, group.settings()).expect("a file");
        let launch = Launch::new(program).args(&paths.each_ref().map(String::as_str));
        let mut tree = launch.env("PERENNIAL_CONFIG", &settings).within(directory).start();
        for name in NAMES {
            tree.await_event(Event::ready(name));
        }
        Self { tree, group, pipes, settings, done, frozen: [0; 3] }
    }

    fn tell(&mut self, who: usize, command: &str) {
        self.tree.mark();
        writeln!(self.pipes[who], "{command}").expect("it listens");
    }

    /// Tells a member, which must say what the model says.
    fn ask(&mut self, who: usize, command: &str, result: u64) {
        self.tell(who, command);
        let said = self.tree.line(&format!("{} did {command}: ", NAMES[who]));
        assert!(said.contains(&format!(": {result}.")), "{said}: {result} was to be expected");
    }

    /// Carries out one step; `Some` with the exit code if the tree ends of it.
    fn step(&mut self, step: Step) -> Option<i32> {
        let (Step::Change(who, _)
        | Step::Will(who, _)
        | Step::Checkpoint(who, _)
        | Step::Rollback(who, _)
        | Step::Die(who, ..)
        | Step::Freeze(who)
        | Step::Thaw(who)
        | Step::Limit(who, ..)) = step;
        let generation = self.group.members[who].generation;
        match (step, self.group.members[who].life) {
            (Step::Change(_, by), Life::Running) => {
                self.ask(who, &format!("change {by}"), 1);
                self.group.members[who].memory.commit(by, None);
            }
            (Step::Will(_, will), Life::Running) => {
                self.ask(who, &format!("will {}", will.number()), 1);
                self.group.members[who].memory.commit(1, Some(will));
            }
            (Step::Checkpoint(_, name), Life::Running) => {
                self.ask(who, &format!("checkpoint {name}"), 1);
                self.group.members[who].memory.checkpoint(name);
            }
            (Step::Rollback(_, commits), Life::Running) => {
                let undone = self.group.members[who].memory.undo(commits as usize);
                self.ask(who, &format!("rollback {commits}"), undone);
            }
            (Step::Die(_, Death::Killed, Damage::None), Life::Running | Life::Frozen) => {
                self.tree.mark();
                assert_eq!(self.tree.kill(NAMES[who]), generation);
                return self.die(who, Death::Killed, Damage::None);
            }
            (Step::Die(_, death, damage), Life::Running) => {
                let member = &self.group.members[who];
                let death = if death == Death::Hung && !member.is_watched() { Death::Crashed } else { death };
                // Nobody else looks at it.
                let damage = if damage == Damage::Copy && who != 2 { Damage::Field } else { damage };
                self.tell(who, &format!("die {death:?} {damage:?}"));
                return self.die(who, death, damage);
            }
            (Step::Freeze(_), Life::Running) if self.frozen[who] != generation => {
                count(&self.done.freezes);
                self.frozen[who] = generation;
                self.tree.mark();
                assert_eq!(self.tree.freeze(NAMES[who]), generation);
                if self.group.members[who].is_watched() {
                    return self.die(who, Death::Hung, Damage::None);
                }
                self.group.members[who].life = Life::Frozen;
            }
            (Step::Thaw(_), Life::Frozen) => {
                assert_eq!(self.tree.thaw(NAMES[who]), generation);
                self.tree.await_event(Event::thawed(NAMES[who]).generation(generation));
                self.group.members[who].life = Life::Running;
            }
            (Step::Limit(_, most, escalation), _) => {
                let member = &mut self.group.members[who];
                (member.most, member.escalation) = (most, escalation);
                std::fs::write(&self.settings, self.group.settings()).expect("a file");
                self.tree.mark();
                self.tree.signal(libc::SIGHUP);
                self.tree.line(&format!("settings {}: ", self.settings));
            }
            _ => return None,
        }
        count(&self.done.steps);
        self.compare();
        None
    }

    fn die(&mut self, who: usize, death: Death, damage: Damage) -> Option<i32> {
        count(&self.done.steps);
        self.done.damages.set(self.done.damages.get() + u64::from(damage != Damage::None));
        let generation = self.group.members[who].generation;
        let follows = self.group.die(who, death, damage);
        let died = self.tree.await_event(Event::died(NAMES[who]).generation(generation));
        assert_eq!(died.ended, death.told(), "{death:?}");
        if follows.ends.is_some() {
            return follows.ends;
        }
        let Follows { reborn, .. } = follows;
        for (index, recovery) in reborn {
            let (name, generation) = (NAMES[index], self.group.members[index].generation);
            self.tree.await_event(Event::ready(name).generation(generation));
            self.tree.line(&format!("up name={name} generation={generation} {recovery} ."));
            count(&self.done.reborn);
            self.done.resets.set(self.done.resets.get() + u64::from(recovery == Recovery::Reset));
        }
        match self.group.members[who].life {
            Life::Over => _ = self.tree.await_event(Event::over(NAMES[who])),
            Life::Abandoned => _ = self.tree.await_event(Event::abandoned(NAMES[who])),
            Life::Running | Life::Frozen => {
                self.compare();
                return None;
            }
        }
        count(&self.done.given_up);
        self.compare();
        None
    }

    /// The tree and the model are the same.
    fn compare(&mut self) {
        self.compare_one::<Front>(0);
        self.compare_one::<Middle>(1);
        self.compare_one::<Rear>(2);
    }

    fn compare_one<S: Member>(&mut self, who: usize) {
        let member = &self.group.members[who];
        if member.memory.is_spoilt {
            return;
        }
        let seen = self.tree.state::<S>();
        let state = seen.value.state();
        let (value, will, turned) = S::seen(&state);
        let found = (value, will, turned, seen.sequence, seen.epoch, seen.generation);
        let memory = &member.memory;
        let wanted = &memory.state;
        let wanted =
            (wanted.value, wanted.will, wanted.turned, memory.sequence, memory.epoch, member.generation);
        assert_eq!(found, wanted, "{}: value, will, turned, commits, epoch, incarnation", NAMES[who]);
        assert!(S::is_whole(&state), "the copies of {}", NAMES[who]);
    }

    /// How many incarnations root told of, and the exit code.
    fn end(mut self, by_itself: Option<i32>, end: End) {
        let running = self.group.members.iter().position(|member| member.life == Life::Running);
        let code = match (by_itself, end, running) {
            (Some(code), ..) => code,
            (None, End::Shutdown(code), Some(who)) => {
                self.ask(who, &format!("shutdown {code}"), 0);
                self.group.code(code.into())
            }
            (None, ..) => {
                self.tree.signal(libc::SIGTERM);
                self.group.code(0)
            }
        };
        // Those who are born while the tree is told to stop have been told of before.
        let events = self.tree.events().to_vec();
        for (name, member) in NAMES.into_iter().zip(&self.group.members) {
            let mut of = events.iter().filter(|event| event.daemon == name && event.what == What::Died);
            assert!(of.all(|event| event.ended != Ended::Unready), "{name}");
            let started = events.iter().filter(|event| event.daemon == name && event.what == What::Started);
            assert!(by_itself.is_some() || started.count() as u64 == member.generation, "{name}");
        }
        let ended = self.tree.end();
        assert_eq!((ended.code, ended.signal), (Some(code), None), "{}", ended.lines.join("\n"));
    }
}

fn run(program: (Restarts, &str), steps: &[Step], end: End, done: &Done) {
    let mut pair = Pair::new(program, done);
    pair.compare();
    for step in steps {
        if let Some(code) = pair.step(*step) {
            return pair.end(Some(code), end);
        }
    }
    pair.end(None, end);
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn members_are_what_their_model_says() {
    let deadline = Instant::now() + Duration::from_secs(number("PERENNIAL_MACHINE_SECONDS", 30));
    let first = number("PERENNIAL_MACHINE_SEED", 1);
    let (mut seed, done) = (first, Done::default());
    while seed == first || Instant::now() < deadline {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = ProptestConfig {
            failure_persistence: None,
            max_shrink_iters: 200,
            ..ProptestConfig::with_cases(1)
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let rows = (prop::sample::select(&PROGRAMS[..]), prop::collection::vec(step(), 1..40), end());
        let judged = runner.run(&rows, |(program, steps, end)| {
            run(program, &steps, end, &done);
            Ok(())
        });
        if let Err(failure) = judged {
            panic!("PERENNIAL_MACHINE_SEED={seed}: {failure}");
        }
        seed += 1;
    }
    let Done { steps, resets, freezes, damages, reborn, given_up } = &done;
    println!(
        "{} trees, {} steps: {} born again, {} of them reset, {} damages, {} freezes, {} given up",
        seed - first,
        steps.get(),
        reborn.get(),
        resets.get(),
        damages.get(),
        freezes.get(),
        given_up.get()
    );
}
