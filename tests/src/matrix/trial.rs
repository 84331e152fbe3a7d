//! Striking a running tree and checking everything afterwards.

use super::outcome::{Outcome, Why};
use super::{Place, checks, outcome};
use crate::census::{self, Holdings};
use crate::fault::Fault;
use crate::model::Model;
use crate::words::number;
use perennial::test::{Launch, Tree};

/// Root, and four daemons.
const AT_REST: usize = 5;

/// One of the daemons that are struck.
#[derive(Debug)]
struct Subject {
    name: &'static str,
    /// How it begins its lines.
    says: &'static str,
    pid: i64,
    generation: i64,
}

impl Subject {
    fn rise(tree: &mut Tree, name: &'static str, says: &'static str) -> Self {
        Self { name, says, pid: number(&tree.line(says), "pid"), generation: 1 }
    }

    /// Awaits the successor; checks what it and the log say about the death.
    fn again(&mut self, tree: &mut Tree, why: Why, doing: &str, targets: &str) {
        let told = tree.line(self.says);
        let (name, pid) = (self.name, self.pid);
        let whose = format!(" {name} [{pid}] ");
        let line = tree.line_with(&[" root[", &whose, "; starting again in "]);
        for part in checks::logged_of_daemon(why, doing) {
            assert!(line.contains(&part), "the log says `{line}` and must say `{part}`");
        }
        if let Why::Failed(error) = why {
            let whose = format!("{name}#{}[{pid}] ", self.generation);
            tree.line_with(&[&whose, "returned an error: told to fail: ", error]);
        }
        self.generation += 1;
        assert_eq!(number(&told, "generation"), self.generation, "{told}");
        checks::cause(&told, why, targets);
        self.pid = number(&told, "pid");
    }
}

/// A tree whose daemons and transactions are struck again and again.
#[derive(Debug)]
pub struct Trial {
    /// The tree.
    pub tree: Tree,
    /// What its state must be.
    pub model: Model,
    victim: Subject,
    twin: Subject,
    pacer: i64,
    orders: i64,
    /// The transaction that the daemon was in when it was struck last.
    flight: Option<i32>,
    before: Option<Holdings>,
}

impl Trial {
    /// Starts `program`, which is `failures`, and has it work.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn start(program: &str) -> Self {
        Self::launch(Launch::new(program).env("RUST_LOG", "debug"))
    }

    /// The same for one that is started in another way.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn launch(launch: Launch) -> Self {
        let mut tree = launch.start();
        let victim = Subject::rise(&mut tree, "Victim", "victim pid=");
        let twin = Subject::rise(&mut tree, "Twin", "twin pid=");
        let pacer = number(&tree.line("pacer pid="), "pid");
        let mut trial = Self {
            tree,
            model: Model::default(),
            victim,
            twin,
            pacer,
            orders: 0,
            flight: None,
            before: None,
        };
        trial.work();
        trial.at_rest();
        trial
    }

    /// The PID of the victim.
    pub fn pid(&self) -> i64 {
        self.victim.pid
    }

    /// The PID of the daemon that measures its own loop.
    pub fn pacer(&self) -> i64 {
        self.pacer
    }

    /// Commits by an update and by a transaction.
    pub fn work(&mut self) {
        self.model.step(&mut self.tree, "transaction", 11);
        self.model.step(&mut self.tree, "update", 1000 + self.victim.generation as u64);
    }

    /// The tree holds what it held before anything failed, and at most the two dead transactions in quarantine.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn at_rest(&mut self) {
        self.tree.until("nothing is left over", |tree| {
            census::family(tree.pid()).iter().filter(|process| !process.zombie).count() == AT_REST
        });
        let root = self.tree.pid();
        self.tree.until("dead daemons are reaped", |_| census::zombies_of(root) == 0);
        let zombies = census::zombies(root);
        assert!(zombies <= 2, "{zombies} zombies");
        let now = Holdings::of(root);
        assert_eq!(self.before.get_or_insert(now.clone()), &now, "something is left over");
    }

    /// Fails in one way in one place, and checks everything that must come of it.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn strike(&mut self, fault: Fault, place: Place) {
        self.blow(fault, place);
        self.recovered(fault, place);
    }

    /// The first half: fails, and waits until everybody has been told what came of it.
    ///
    /// # Panics
    /// When they are told anything else.
    pub fn blow(&mut self, fault: Fault, place: Place) {
        let wanted = outcome(fault, place);
        let name = fault.name();
        let verb = match place {
            Place::Transaction => "fail",
            Place::Running => "die-idle",
            Place::Asleep => "die-asleep",
            Place::Update => "fail-update",
            Place::Flight => "die-flight",
            Place::Family => "die-family",
            Place::Twins => "die-twins",
        };
        self.tree.send(&format!("{verb} {name}"));
        let targets = self.tree.line("victim-targets ");
        if place == Place::Asleep {
            self.wake(wanted);
        }
        let flight = matches!(place, Place::Flight | Place::Family)
            .then(|| number(&self.tree.line("flight pid="), "pid") as i32);
        match wanted {
            Outcome::Value(told) => {
                checks::told(&self.tree.line("done "), told, &targets);
                if place == Place::Transaction
                    && let Some(parts) = checks::logged_of_transaction(told)
                {
                    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                    self.tree.line_with(&parts);
                }
                self.model.check(&self.tree.line("state "));
            }
            Outcome::Restart(why) => {
                self.victim.again(&mut self.tree, why, checks::doing(place), &targets);
                if place == Place::Twins {
                    self.orders += 1;
                    let targets = self.tree.line("twin-targets ");
                    self.twin.again(&mut self.tree, why, "inside `update`", &targets);
                }
            }
        }
        self.flight = flight;
    }

    /// The second half: checks what is left of it.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn recovered(&mut self, fault: Fault, place: Place) {
        if let Outcome::Restart(_) = outcome(fault, place) {
            if let Some(flight) = self.flight {
                // Its word is marked before it is taken down.
                self.tree.until("the transaction is gone with its daemon", |_| !census::runs(flight));
            }
            self.tree.send("state");
            let state = self.tree.line("state ");
            self.model.check(&state);
            assert_eq!((number(&state, "taken"), number(&state, "stray")), (self.orders, 0), "{state}");
        }
        self.work();
        self.at_rest();
    }

    /// Strikes the victim while it sleeps in `wait`.
    fn wake(&mut self, wanted: Outcome) {
        self.tree.line("armed");
        self.tree.line("state ");
        self.asleep();
        signal(self.victim.pid, libc::SIGUSR1);
        if let Outcome::Restart(Why::Failed(_)) = wanted {
            // What the handler could not return, `run` does once something else wakes it.
            self.tree.nudge("nothing");
        }
    }

    /// Waits until the victim sleeps.
    pub fn asleep(&mut self) {
        let pid = self.victim.pid as i32;
        self.tree.until("the daemon sleeps", |_| census::sleeps(pid));
    }

    /// Awaits the successor of a victim that was made to die by other means, and checks everything.
    pub fn successor(&mut self, why: Why, doing: &str) {
        self.victim.again(&mut self.tree, why, doing, "");
        self.tree.send("state");
        self.model.check(&self.tree.line("state "));
        self.work();
        self.at_rest();
    }

    /// Stops the tree; nobody was started again who was not struck.
    ///
    /// # Panics
    /// When anything is not as it must be.
    pub fn end(mut self) {
        self.tree.send("quit");
        let ended = self.tree.end();
        assert_eq!((ended.code, ended.signal), (Some(0), None));
        for (says, generations) in [("peer pid=", 1), ("pacer pid=", 1), ("twin pid=", self.twin.generation)]
        {
            let undisturbed = |line: &str| number(line, "generation") <= generations;
            assert!(ended.with(says).all(undisturbed), "{says} was disturbed");
        }
        assert_eq!(ended.with("victim pid=").count() as i64, self.victim.generation);
        assert_eq!(ended.directory.files(), ["failures.lock"]);
    }
}

/// Sends a signal to a daemon that has just said something.
///
/// # Panics
/// When that fails.
pub fn signal(pid: i64, signal: i32) {
    // SAFETY: takes numbers.
    assert_eq!(unsafe { libc::kill(pid as i32, signal) }, 0, "signalling {pid}");
}
