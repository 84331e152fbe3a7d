//! A tree beside its model: each step is carried out in both, and then they are compared.

use super::rows::End;
use perennial::daemon::Ended;
use perennial::test::{Directory, Event, Launch, Tree, What};
use perennial_tests::members::damage::Damage;
use perennial_tests::members::group::{Follows, Group, Life, Strategy};
use perennial_tests::members::model::Recovery;
use perennial_tests::members::step::{Death, Step};
use perennial_tests::members::{Front, Member, Middle, NAMES, Rear};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Write;

/// What has been done so far, over all rows.
#[derive(Default)]
pub struct Done {
    pub steps: Cell<u64>,
    pub resets: Cell<u64>,
    pub freezes: Cell<u64>,
    pub damages: Cell<u64>,
    pub reborn: Cell<u64>,
    pub given_up: Cell<u64>,
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// A tree and what it must be.
pub struct Pair<'a> {
    tree: Tree,
    group: Group,
    pipes: [File; 3],
    settings: String,
    done: &'a Done,
    /// The newest incarnation of each that was frozen: one more freeze of it could not be told from the first.
    frozen: [u64; 3],
}

impl<'a> Pair<'a> {
    /// Starts the tree.
    pub fn new((strategy, program): (Strategy, &str), done: &'a Done) -> Self {
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
    pub fn step(&mut self, step: Step) -> Option<i32> {
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
    pub fn compare(&mut self) {
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
    pub fn end(mut self, by_itself: Option<i32>, end: End) {
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
