//! Exactly once, along a line of three daemons: every process of it is killed again and again, at whatever it does, and
//! each message arrives, once, in order, with what its number says that it must hold.
//!
//! Kills come from two sides. From outside, SIGKILL is aimed by what the header of the victim says that it does. From
//! inside, every process kills itself at named fault points, by chance. Both follow from one seed, which is printed:
//! `PERENNIAL_SEED=…` repeats the plan; what it meets is up to the scheduler. A minimum of kills is required of each
//! daemon in each of its activities, and of transactions before and after they have announced their result. The storm
//! is over when all of that has happened and enough messages have arrived.
//!
//! `cargo test --release -p perennial-tests --test exactly_once_line -- --ignored --nocapture` is the soak:
//! 10,000,000 messages, or `PERENNIAL_SOAK=…`.

use perennial::daemon::Activity;
use perennial::fault::Point;
use perennial::test::Random;
use perennial_tests::kills::{IN_TRANSACTION, Kills};
use perennial_tests::strike::{strike_transaction, strike_while};
use perennial_tests::table::Table;
use perennial_tests::{Launch, Tree, field, line, number};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const LINE: &str = env!("CARGO_BIN_EXE_line");

/// The daemons in their order, and what each of them can be killed at.
const DAEMONS: [(&str, &[Activity]); 3] = [
    ("Source", &[Activity::Recovering, Activity::Running, Activity::Waiting, Activity::Updating]),
    (
        "Worker",
        &[Activity::Recovering, Activity::Running, Activity::Waiting, Activity::Updating, Activity::InFlight],
    ),
    ("Sink", &[Activity::Recovering, Activity::Running, Activity::Waiting, Activity::Updating]),
];
const WORKER: usize = 1;
const SINK: usize = 2;

/// Kills that each daemon must have suffered in each of its activities.
const EACH_ACTIVITY: usize = 50;
/// Transactions that must have died at each of their points, and from outside.
const EACH_POINT: usize = 25;

/// Points at which every process dies by chance: once in so many passes.
const CHANCES: &[(Point, u32)] = &[
    (Point::UpdateStarted, 300),
    (Point::UpdateReturned, 300),
    (Point::CommitRecorded, 300),
    (Point::CommitSealed, 300),
    (Point::CommitPublished, 300),
    (Point::ApplyLocked, 300),
    // Passed for each message.
    (Point::ApplyWritten, 9000),
    (Point::ApplyMoved, 300),
    (Point::ApplyDone, 300),
    (Point::ApplyUnlocked, 300),
    (Point::CommitWoken, 300),
    // Passed only after a death.
    (Point::RecoverStarted, 25),
    (Point::RecoverReplayed, 25),
    (Point::RecoverDone, 25),
    (Point::FlightDispatched, 200),
    (Point::FlightBorn, 200),
    (Point::FlightStarted, 200),
    (Point::FlightReturned, 200),
    (Point::FlightRecorded, 200),
    (Point::FlightAnnounced, 80),
    (Point::FlightCommitting, 200),
    (Point::FlightVerified, 200),
    (Point::FlightCommitted, 200),
    (Point::AttemptFailed, 60),
];

/// How long a storm may take to deliver `messages`, which is a multiple of what it takes: it fails after that.
fn patience(messages: u64) -> Duration {
    Duration::from_secs(240) + Duration::from_millis(messages * 2)
}

/// A tree in the storm.
struct Storm {
    tree: Tree,
    table: Table,
    random: Random,
    kills: Kills,
    seed: u64,
}

impl Storm {
    fn start(seed: u64) -> Self {
        let chances: Vec<String> =
            CHANCES.iter().map(|(point, chance)| format!("{}:*:~{chance}", point.name())).collect();
        let launch = Launch::new(LINE).env("RUST_LOG", "warn");
        let launch = launch.env("PERENNIAL_FAULT", &chances.join(","));
        let mut tree = launch.env("PERENNIAL_FAULT_SEED", &seed.to_string()).start();
        for name in ["source", "worker", "sink"] {
            tree.line(&format!("up name={name}"));
        }
        let table = Table::of(&tree.directory().path().join("line.sock"));
        let kills = Kills::default();
        // What was said until now is news as well.
        Self { tree, table, random: Random::new(seed), kills, seed }
    }

    /// Messages that the sink has taken.
    fn arrived(&self) -> u64 {
        let sink = self.table.header(SINK).expect("the sink has been up");
        sink.positions[0].load(Ordering::Relaxed)
    }

    /// Daemons and activities, and transactions, of which too few have been killed yet.
    fn wanted(&self) -> Vec<Aim> {
        let mut wanted = Vec::new();
        for (index, (name, activities)) in DAEMONS.iter().enumerate() {
            let few = |activity: &&Activity| self.kills.of(name, **activity) < EACH_ACTIVITY;
            wanted.extend(activities.iter().filter(few).map(|activity| Aim::Daemon(index, *activity)));
        }
        if self.kills.struck_early < EACH_POINT {
            wanted.push(Aim::Transaction);
        }
        wanted
    }

    /// Whether everything that is up to chance has happened often enough.
    fn is_rich(&self) -> bool {
        IN_TRANSACTION.iter().all(|point| self.kills.at(*point) >= EACH_POINT)
            && CHANCES.iter().all(|(point, _)| self.kills.at(*point) > 0)
    }

    /// One kill from outside.
    fn strike(&mut self, wanted: &[Aim]) {
        const MOMENT: Duration = Duration::from_millis(20);
        let aim = if wanted.is_empty() { self.any() } else { wanted[self.random.below(wanted.len())] };
        match aim {
            Aim::Transaction => {
                let struck = strike_transaction(self.table.pid(WORKER), &mut self.random);
                self.kills.struck += usize::from(struck);
            }
            Aim::Daemon(index, activity) => {
                if activity == Activity::Recovering {
                    strike_while(&self.table, index, Activity::Running, MOMENT);
                }
                strike_while(&self.table, index, activity, MOMENT);
            }
        }
    }

    fn any(&mut self) -> Aim {
        let index = self.random.below(DAEMONS.len() + 1);
        match DAEMONS.get(index) {
            Some((_, activities)) => Aim::Daemon(index, activities[self.random.below(activities.len())]),
            None => Aim::Transaction,
        }
    }

    fn read(&mut self) {
        for line in self.tree.news() {
            self.kills.read(&line);
            if line.starts_with("wrong: ") {
                self.tree.fail(&format!("has damaged the line, seed {}: {line}", self.seed));
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Aim {
    Daemon(usize, Activity),
    Transaction,
}

fn storm(messages: u64, seed: u64) {
    println!("seed {seed} (PERENNIAL_SEED), {messages} messages at least");
    let begun = Instant::now();
    let mut storm = Storm::start(seed);
    let mut told = 0;
    loop {
        storm.read();
        let (arrived, wanted) = (storm.arrived(), storm.wanted());
        if arrived >= messages && wanted.is_empty() && storm.is_rich() {
            break;
        }
        if arrived / 1_000_000 > told {
            told = arrived / 1_000_000;
            println!(
                "{told} million after {:?}, {} daemons killed",
                begun.elapsed(),
                storm.kills.of_daemons()
            );
        }
        if begun.elapsed() > patience(messages) {
            let kills = storm.kills.clone();
            storm.tree.fail(&format!("has passed {arrived} messages in all the time there was\n{kills}"));
        }
        storm.strike(&wanted);
        std::thread::sleep(Duration::from_micros(storm.random.below(4000) as u64));
    }
    storm.tree.nudge("finish");
    storm.tree.hush();
    let Storm { tree, kills: Kills { struck, .. }, .. } = storm;
    let ended = tree.end();
    // Anew, with those that fell into the end of the storm.
    let mut kills = Kills::of_struck(struck);
    ended.lines.iter().for_each(|line| kills.read(line));
    let told = ended.last("final ");
    println!("{kills}{told}\nafter {:?}", begun.elapsed());
    assert_eq!(ended.code, Some(0), "seed {seed}: {}", ended.last(""));
    judge(told, messages, seed);
}

/// Holds what the sink says in the end against the model.
fn judge(told: &str, messages: u64, seed: u64) {
    let count = number(told, "count");
    assert!(count >= messages as i64 - 1, "{told}");
    for (name, wanted) in [
        // None lost, at the end of the line either.
        ("pushed", count),
        ("worked", count),
        // None twice, none before its turn, none with another content, no work done twice or in part.
        ("twice", 0),
        ("early", 0),
        ("spoilt", 0),
        ("unlinked", 0),
        ("letters", 0),
    ] {
        assert_eq!(number(told, name), wanted, "{name}, seed {seed}: {told}");
    }
    let chain = format!("{:016x}", line::chain(count as u64));
    assert_eq!(field(told, "chain"), chain, "seed {seed}: {told}");
}

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is to be a number, and is `{text}`")))
}

#[test]
fn exactly_once_along_a_line_that_is_killed_everywhere() {
    storm(100_000, setting("PERENNIAL_SEED").unwrap_or(0x000d_ecaf));
}

#[test]
#[ignore = "a soak of minutes: cargo test --release … -- --ignored --nocapture"]
fn exactly_once_soak() {
    storm(setting("PERENNIAL_SOAK").unwrap_or(10_000_000), setting("PERENNIAL_SEED").unwrap_or(0x000d_ecaf));
}
