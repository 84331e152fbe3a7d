//! A machine that was suspended, as far as it can be had without suspending one: every process of a tree is stopped for
//! longer than any watchdog waits. To the processes that is worse than a suspension, during which the monotonic
//! clock stands still (`clock_gettime(2)`): here it runs on, as under a hypervisor that sets it forward afterwards. In
//! the tree `warped` it jumps by minutes on top of that, in all processes at once.

#![cfg(target_arch = "x86_64")]

use perennial::test::Directory;
use perennial_tests::{Launch, Tree, census, number};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");
const WARPED: &str = env!("CARGO_BIN_EXE_warped");
/// The daemon's `watchdog`.
const PERIOD: Duration = Duration::from_millis(300);
/// By how much the clock jumps.
const JUMP: Duration = Duration::from_secs(600);

/// Who goes on first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Root,
    Daemons,
    /// Nobody long before the others.
    Any,
}

struct Trial {
    tree: Tree,
    directory: Directory,
    daemons: Vec<i32>,
    steps: i64,
    jumped: Duration,
}

impl Trial {
    /// Starts a tree with these settings; one without clocks of its own does not jump.
    fn start(program: &str, settings: &str) -> Self {
        let directory = Directory::new();
        let path = |name: &str| directory.path().join(name).to_str().expect("a path of ASCII").to_owned();
        std::fs::write(path("settings"), settings).expect("settings");
        std::fs::write(path("ahead"), [0; 8]).expect("an offset");
        let launch = Launch::new(program).env("PERENNIAL_CONFIG", &path("settings"));
        let mut tree = launch.env("PERENNIAL_AHEAD", &path("ahead")).start();
        let pids =
            ["Guarded", "Patient"].map(|name| number(&tree.line(&format!("up name={name}")), "pid") as i32);
        let slow = number(&tree.line("unready=true"), "pid") as i32;
        let daemons = vec![pids[0], pids[1], slow];
        Self { tree, directory, daemons, steps: 0, jumped: Duration::ZERO }
    }

    fn family(&self) -> Vec<i32> {
        census::family(self.tree.pid()).iter().filter(|one| !one.zombie).map(|one| one.pid).collect()
    }

    /// Sets the monotonic clock forward in all processes at once.
    fn jump(&mut self, time: Duration) {
        self.jumped += time;
        let file =
            std::fs::File::options().write(true).open(self.directory.path().join("ahead")).expect("the file");
        file.write_all_at(&(self.jumped.as_nanos() as u64).to_ne_bytes(), 0).expect("it holds eight bytes");
    }

    /// Stops everybody for so long, does something meanwhile, and lets them go on.
    fn suspend(
        &mut self,
        time: Duration,
        first: First,
        between: Duration,
        meanwhile: impl FnOnce(&mut Self),
    ) {
        let root = self.tree.pid();
        let family = self.family();
        for pid in &family {
            signal(*pid, libc::SIGSTOP);
        }
        for pid in &family {
            self.tree.until("everybody stands still", |_| census::is_stopped(*pid));
        }
        meanwhile(self);
        std::thread::sleep(time);
        let (roots, others): (Vec<i32>, Vec<i32>) = family.iter().partition(|pid| **pid == root);
        let (one, two) = if first == First::Daemons { (others, roots) } else { (roots, others) };
        for pid in one {
            signal(pid, libc::SIGCONT);
        }
        std::thread::sleep(between);
        for pid in two {
            signal(pid, libc::SIGCONT);
        }
    }

    /// Nobody was ended, and commits go on.
    fn unharmed(&mut self) {
        for _ in 0..2 {
            self.tree.send("commit");
            self.steps += 1;
            let line = self.tree.line("steps=");
            assert_eq!(number(&line, "steps"), self.steps, "{line}");
        }
        for pid in &self.daemons {
            assert!(census::runs(*pid), "{pid} of {:?} is gone", self.daemons);
        }
    }

    /// A hang is found as ever, and nothing was before it.
    fn end(mut self) {
        let began = Instant::now();
        self.tree.send("spin");
        let line = self.tree.line("gave no sign of life for ");
        assert!(line.contains(&format!("Guarded [{}]", self.daemons[0])), "{line}");
        assert!(began.elapsed() >= PERIOD, "{:?}", began.elapsed());
        self.tree.line("up name=Guarded");
        assert!(began.elapsed() < PERIOD * 10, "{:?}", began.elapsed());
        self.tree.send("quit");
        let ended = self.tree.end();
        assert_eq!(ended.code, Some(0));
        assert_eq!(ended.with("gave no sign of life for ").count(), 1);
        assert_eq!(ended.with("up name=Guarded").count(), 2);
        assert_eq!(ended.with("up name=Patient").count(), 1);
        assert_eq!(ended.with("up name=Slow").count(), 2);
        assert_eq!(ended.with("did not end within").count(), 0);
    }
}

fn signal(pid: i32, signal: i32) {
    // SAFETY: takes numbers; the process belongs to the tree of this test.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// Who goes on first, and how much later the others do: root may be as late as it likes, but not a daemon.
const ORDERS: [(First, Duration); 3] = [
    (First::Any, Duration::ZERO),
    (First::Root, Duration::from_millis(100)),
    (First::Daemons, Duration::from_millis(700)),
];

/// In every order, while daemons wait, while one works, and while it waits for a transaction.
fn suspensions(program: &str, jumps: bool) {
    let mut trial = Trial::start(program, "");
    for (first, between) in ORDERS {
        for command in ["nothing", "work", "plod", "bounded"] {
            trial.tree.send(command);
            // In the middle of it.
            std::thread::sleep(PERIOD / 2);
            trial.suspend(PERIOD * 4, first, between, |trial| {
                if jumps {
                    trial.jump(JUMP);
                }
            });
            trial.tree.line(&format!("done {command}"));
            trial.steps += i64::from(command == "bounded");
            trial.unharmed();
        }
    }
    trial.end();
}

#[test]
fn a_suspended_tree_goes_on() {
    suspensions(GUARDED, false);
}

#[test]
fn a_suspended_tree_goes_on_with_a_clock_that_was_set_forward() {
    suspensions(WARPED, true);
}

#[test]
fn a_clock_that_is_set_forward_under_a_running_tree_ends_nobody() {
    let mut trial = Trial::start(WARPED, "");
    for command in ["nothing", "work", "plod", "bounded"] {
        for _ in 0..3 {
            trial.tree.send(command);
            std::thread::sleep(PERIOD / 2);
            trial.jump(JUMP);
            trial.tree.line(&format!("done {command}"));
            trial.steps += i64::from(command == "bounded");
            trial.unharmed();
        }
    }
    trial.end();
}

/// A jump that is shorter than the watchdog's period, but not together with the time that the daemon had worked before.
#[test]
fn a_short_jump_is_not_added_to_the_time_before() {
    let mut trial = Trial::start(WARPED, "");
    for round in 0..4 {
        trial.tree.send("plod");
        for _ in 0..4 {
            std::thread::sleep(PERIOD + PERIOD / 10 * round);
            trial.jump(Duration::from_millis(200));
        }
        trial.tree.line("done plod");
        trial.unharmed();
    }
    trial.end();
}
