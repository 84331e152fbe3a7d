//! A daemon that fails in any way goes on where it last committed; its peers notice nothing.

use perennial_tests::fault::PANIC;
use perennial_tests::{Holdings, Launch, Model, Tree, census, field, number};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

/// How a daemon can die: by which command, what its successor must be told, and what the log must say.
struct Case {
    fault: &'static str,
    cause: fn(&str),
    logged: &'static str,
}

const CRASHES: &[Case] = &[
    Case { fault: "null", cause: |told| crash(told, libc::SIGSEGV, true), logged: "was ended by SIGSEGV" },
    Case { fault: "kill", cause: unknown, logged: "was ended by SIGKILL" },
    Case { fault: "abort", cause: |told| crash(told, libc::SIGABRT, false), logged: "was ended by SIGABRT" },
    Case {
        fault: "overflow",
        cause: |told| crash(told, libc::SIGSEGV, true),
        logged: "was ended by SIGSEGV",
    },
    Case { fault: "exit", cause: unknown, logged: "ended abnormally" },
    Case { fault: "vec", cause: |told| crash(told, libc::SIGABRT, false), logged: "was ended by SIGABRT" },
    #[cfg(target_arch = "x86_64")]
    Case { fault: "divide", cause: |told| crash(told, libc::SIGFPE, true), logged: "was ended by SIGFPE" },
    Case {
        fault: "read-only",
        cause: |told| crash(told, libc::SIGSEGV, true),
        logged: "was ended by SIGSEGV",
    },
];

fn unknown(told: &str) {
    assert_eq!(field(told, "cause"), "unknown", "{told}");
}

fn crash(told: &str, signal: i32, by_kernel: bool) {
    assert_eq!(field(told, "cause"), "crash", "{told}");
    assert_eq!(number(told, "signal"), i64::from(signal), "{told}");
    assert_eq!(number(told, "code") > 0, by_kernel, "{told}");
}

fn panic(told: &str) {
    assert_eq!(field(told, "cause"), "panic", "{told}");
    assert!(told.ends_with(&format!("message={PANIC}")), "{told}");
    assert!(field(told, "place").starts_with("tests/src/fault.rs:"), "{told}");
}

/// A tree whose daemon is killed again and again.
struct Trial {
    tree: Tree,
    model: Model,
    generation: i64,
    pid: i64,
    first: Option<Holdings>,
}

impl Trial {
    fn start() -> Self {
        let mut tree = Launch::new(FAILURES).env("RUST_LOG", "debug").start();
        let pid = number(&tree.line("victim pid="), "pid");
        let mut trial = Self { tree, model: Model::default(), generation: 1, pid, first: None };
        trial.work();
        trial
    }

    fn work(&mut self) {
        self.model.step(&mut self.tree, "transaction", 11);
        self.model.step(&mut self.tree, "update", 1000 + self.generation as u64);
    }

    /// Awaits the successor of a daemon that was made to die by the last command, and checks everything.
    fn successor(&mut self, cause: fn(&str), logged: &str) {
        let told = self.tree.line("victim pid=");
        let line = self.tree.line(&format!("[{}] {logged}", self.pid));
        assert!(line.contains("root["), "{line}");
        self.generation += 1;
        assert_eq!(number(&told, "generation"), self.generation);
        cause(&told);
        self.pid = number(&told, "pid");
        self.tree.send("state");
        self.model.check(&self.tree.line("state "));
        self.work();
        self.tree.until("nothing of the predecessor is left", |tree| Holdings::of(tree.pid()).running == 3);
        let zombies = census::zombies(self.tree.pid());
        assert!(zombies <= 2, "{zombies} zombies");
        let holdings = Holdings::of(self.tree.pid());
        assert_eq!(self.first.get_or_insert(holdings.clone()), &holdings, "something grew");
    }

    fn end(mut self) {
        self.tree.send("quit");
        let ended = self.tree.end();
        assert_eq!(ended.code, Some(0));
        assert!(ended.with("peer pid=").all(|line| number(line, "generation") == 1));
    }
}

#[test]
fn while_idle() {
    let mut trial = Trial::start();
    for case in CRASHES {
        trial.tree.send(&format!("die-idle {}", case.fault));
        trial.successor(case.cause, case.logged);
    }
    trial.tree.send("die-idle panic");
    trial.successor(panic, "panicked; starting again");
    trial.tree.send("die-idle error");
    trial.successor(unknown, "returned an error; starting again");
    // A permanent daemon that returns is started again, too.
    trial.tree.send("return");
    trial.successor(unknown, "returned; starting again");
    // An endless loop ends by a signal from outside.
    trial.tree.send("die-idle loop");
    trial.tree.line("dying");
    kill(trial.pid, libc::SIGKILL);
    trial.successor(unknown, "was ended by SIGKILL");
    trial.tree.mark();
    kill(trial.pid, libc::SIGABRT);
    trial.successor(|told| crash(told, libc::SIGABRT, false), "was ended by SIGABRT");
    trial.end();
}

#[test]
fn inside_an_update() {
    let mut trial = Trial::start();
    for case in CRASHES {
        trial.tree.send(&format!("fail-update {}", case.fault));
        trial.successor(case.cause, case.logged);
    }
    trial.tree.send("fail-update panic");
    trial.successor(panic, "panicked; starting again");
    trial.tree.send("fail-update loop");
    trial.tree.line("looping");
    kill(trial.pid, libc::SIGKILL);
    trial.successor(unknown, "was ended by SIGKILL");
    // These three come back to the daemon as values, with nothing changed.
    for (fault, told) in [
        ("error", "done failure=Task(Asked)"),
        ("malloc", "done failure=Task(NoMemory)"),
        ("overrun", "done failure=OverBudget(Record)"),
    ] {
        trial.tree.send(&format!("fail-update {fault}"));
        assert_eq!(trial.tree.line("done "), told);
        trial.model.check(&trial.tree.line("state "));
        trial.work();
    }
    trial.end();
}

#[test]
fn while_it_waits_for_a_flight() {
    let mut trial = Trial::start();
    for case in CRASHES {
        trial.tree.send(&format!("die-flight {}", case.fault));
        let flight = number(&trial.tree.line("flight pid="), "pid") as i32;
        trial.successor(case.cause, case.logged);
        assert!(!census::runs(flight), "transaction {flight} outlived its daemon");
    }
    // A panic where nothing can unwind is an abort.
    trial.tree.send("die-flight panic");
    trial.successor(|told| crash(told, libc::SIGABRT, false), "was ended by SIGABRT");
    trial.tree.send("linger");
    let flight = number(&trial.tree.line("flight pid="), "pid") as i32;
    kill(trial.pid, libc::SIGKILL);
    trial.successor(unknown, "was ended by SIGKILL");
    assert!(!census::runs(flight), "transaction {flight} outlived its daemon");
    trial.end();
}

#[test]
fn a_panic_that_the_daemon_catches_itself_changes_nothing() {
    let mut trial = Trial::start();
    trial.tree.send("catch");
    assert_eq!(trial.tree.line("done "), "done caught=true");
    trial.model.check(&trial.tree.line("state "));
    trial.work();
    // What killed the daemon later is not the panic that it survived.
    trial.tree.send("catch");
    trial.tree.line("state ");
    trial.tree.mark();
    kill(trial.pid, libc::SIGKILL);
    trial.successor(unknown, "was ended by SIGKILL");
    trial.end();
}

fn kill(pid: i64, signal: i32) {
    // SAFETY: takes numbers; the PID is that of a daemon that has just said something.
    assert_eq!(unsafe { libc::kill(pid as i32, signal) }, 0);
}
