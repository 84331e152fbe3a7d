//! Daemons that hang, or do not become ready: found, ended with a report, and told apart from those that only wait,
//! work long, or were stopped together with everybody else. All of it once more in a tree whose clocks step by hours
//! at each look (`warped`).

use perennial_tests::{Launch, Tree, census, field, number};
use std::time::{Duration, Instant};

/// The daemon's `watchdog`.
const PERIOD: Duration = Duration::from_millis(300);

struct Trial {
    tree: Tree,
    pid: i32,
    generation: i64,
}

impl Trial {
    fn start(program: &str) -> Self {
        let mut tree = Launch::new(program).start();
        let pid = number(&tree.line("up name=Guarded"), "pid") as i32;
        tree.line("up name=Patient");
        Self { tree, pid, generation: 1 }
    }

    /// Awaits the successor; returns how it was told that its predecessor ended.
    fn successor(&mut self) -> String {
        let line = self.tree.line("up name=Guarded");
        self.generation += 1;
        assert_eq!(number(&line, "generation"), self.generation);
        // Its word is marked before the kernel has taken it down.
        let predecessor = self.pid;
        self.tree.until("the predecessor is gone", |_| !census::runs(predecessor));
        self.pid = number(&line, "pid") as i32;
        format!("{} {}", field(&line, "cause"), field(&line, "steps"))
    }

    /// Asserts that the daemon still is the one that it was.
    fn unharmed(&mut self) {
        self.tree.send("state");
        self.tree.line("done state");
        assert!(census::runs(self.pid));
    }

    fn end(mut self) {
        self.tree.send("quit");
        let ended = self.tree.end();
        assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
        assert_eq!(ended.with("up name=Guarded").count() as i64, self.generation);
    }
}

fn signal(pid: i32, signal: i32) {
    // SAFETY: takes numbers; the process belongs to the tree of this test.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

fn a_daemon_that_hangs_is_ended_with_a_report(program: &str) {
    let mut trial = Trial::start(program);
    for (command, place) in
        [("spin", "in `run`"), ("spin-in-update", "inside `update`"), ("sleep", "in `run`")]
    {
        let began = Instant::now();
        trial.tree.send(command);
        let line = trial.tree.line("gave no sign of life for ");
        assert!(began.elapsed() >= PERIOD, "{:?}", began.elapsed());
        assert!(line.contains(&format!("Guarded [{}]", trial.pid)) && line.contains(place), "{line}");
        let line = trial.tree.line("] hung: SIGABRT (code 0), instruction 0x");
        assert!(line.contains(place), "{line}");
        assert_eq!(trial.successor(), "hung-with-report 0", "nothing uncommitted was kept");
        assert!(began.elapsed() < PERIOD * 4, "{:?}", began.elapsed());
    }
    trial.end();
}

fn one_that_does_not_hear_is_killed(program: &str) {
    let mut trial = Trial::start(program);
    trial.tree.send("deaf");
    trial.tree.line("gave no sign of life for ");
    assert_eq!(trial.successor(), "hung 0");
    trial.end();
}

fn work_with_signs_of_life_and_waiting_are_no_hang(program: &str) {
    let mut trial = Trial::start(program);
    trial.tree.send("work");
    trial.tree.line("done work");
    trial.tree.send("bounded");
    trial.tree.line("done bounded");
    std::thread::sleep(PERIOD * 3);
    trial.unharmed();
    trial.end();
}

fn a_flight_without_a_timeout_counts_as_a_hang(program: &str) {
    let mut trial = Trial::start(program);
    trial.tree.send("unbounded");
    let flight = number(&trial.tree.line("flight pid="), "pid") as i32;
    let line = trial.tree.line("gave no sign of life for ");
    assert!(line.contains("while it waited for a transaction"), "{line}");
    assert_eq!(trial.successor(), "hung-with-report 0");
    trial.tree.until("its transaction went with it", |_| !census::runs(flight));
    trial.end();
}

fn one_that_stands_still_for_ever_is_killed_even_while_it_waits(program: &str) {
    let mut trial = Trial::start(program);
    trial.tree.mark();
    signal(trial.pid, libc::SIGSTOP);
    trial.tree.line(&format!("Guarded [{}] was stopped by SIGSTOP", trial.pid));
    trial.tree.line("while a signal had stopped it; killing it");
    assert_eq!(trial.successor(), "hung 0");
    // One that goes on in time is left alone.
    trial.tree.mark();
    signal(trial.pid, libc::SIGSTOP);
    trial.tree.line("was stopped by SIGSTOP");
    let ps = String::from_utf8_lossy(&trial.tree.tool(&["ps"]).stdout).into_owned();
    assert!(ps.lines().any(|line| line.contains("Guarded") && line.contains("frozen")), "{ps}");
    signal(trial.pid, libc::SIGCONT);
    trial.tree.line(&format!("Guarded [{}] goes on", trial.pid));
    std::thread::sleep(PERIOD * 3);
    trial.unharmed();
    trial.end();
}

fn nobody_is_blamed_for_a_time_in_which_everybody_stood_still(program: &str) {
    let mut trial = Trial::start(program);
    trial.tree.send("work");
    // The daemon works and gives signs of life, so root looks at it: then all stand still for long.
    let root = trial.tree.pid();
    for _ in 0..2 {
        std::thread::sleep(PERIOD / 6);
        signal(root, libc::SIGSTOP);
        signal(trial.pid, libc::SIGSTOP);
        std::thread::sleep(PERIOD * 3);
        signal(root, libc::SIGCONT);
        std::thread::sleep(PERIOD / 3);
        signal(trial.pid, libc::SIGCONT);
    }
    trial.tree.line("done work");
    trial.unharmed();
    trial.end();
}

fn an_idle_tree_does_not_wake_up(program: &str) {
    let mut trial = Trial::start(program);
    trial.unharmed();
    // Root looks a last time, and then waits to be told.
    std::thread::sleep(PERIOD * 2);
    let root = trial.tree.pid();
    let switches = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = (switches(root), switches(trial.pid));
    std::thread::sleep(PERIOD * 7);
    assert_eq!((switches(root), switches(trial.pid)), before);
    // And it hears all the same when the daemon begins to hang.
    trial.tree.send("spin");
    assert_eq!(trial.successor(), "hung-with-report 0");
    trial.end();
}

fn one_that_is_not_ready_in_time_is_ended_and_dependents_wait(program: &str) {
    let mut tree = Launch::new(program).start();
    let line = tree.line("was not ready after ");
    assert!(line.contains("Slow ["), "{line}");
    let line = tree.line("Slow [").clone();
    assert!(!line.is_empty());
    tree.line("did not become ready in time: SIGABRT");
    assert_eq!(field(&tree.line("up name=Slow pid=").replace("generation=1 ", ""), "name"), "Slow");
    tree.line("unready=true");
    tree.line("up name=Patient");
    let since = tree.since_mark();
    let at = |part: &str| since.iter().position(|line| line.contains(part));
    assert!(at("unready=true") < at("up name=Patient"), "{since:#?}");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0));
    let down: Vec<_> = ended.lines.iter().filter(|line| line.starts_with("down ")).collect();
    assert_eq!(down, ["down name=Patient", "down name=Slow"], "who depends stops first");
}

macro_rules! tests {
    ($name:ident $program:literal: $($test:ident)*) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    super::$test(env!(concat!("CARGO_BIN_EXE_", $program)));
                }
            )*
        }
    };
    ($($test:ident)*) => {
        tests!(with_clocks_that_are_right "guarded": $($test)*);
        #[cfg(target_arch = "x86_64")]
        tests!(with_clocks_that_step "warped": $($test)*);
    };
}

tests! {
    a_daemon_that_hangs_is_ended_with_a_report
    one_that_does_not_hear_is_killed
    work_with_signs_of_life_and_waiting_are_no_hang
    a_flight_without_a_timeout_counts_as_a_hang
    one_that_stands_still_for_ever_is_killed_even_while_it_waits
    nobody_is_blamed_for_a_time_in_which_everybody_stood_still
    an_idle_tree_does_not_wake_up
    one_that_is_not_ready_in_time_is_ended_and_dependents_wait
}
