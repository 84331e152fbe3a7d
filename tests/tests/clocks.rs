//! What steps of the clocks do to a tree: nothing.
//!
//! `warped` is the tree of `guarded` with functions of its own in place of libc's clocks: all but the monotonic one
//! are off by other hours at each look, in root and in every daemon. That no call into the kernel depends on those
//! clocks either is what a trace of them shows. `watchdog.rs` runs all of its tests with this tree as well.

#![cfg(target_arch = "x86_64")]

use perennial::test::Directory;
use perennial_tests::{Launch, Tree, field, number, strace, timed};
use std::time::{Duration, Instant};

const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");
const WARPED: &str = env!("CARGO_BIN_EXE_warped");
/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(3);

/// A tree with clocks that step, and these settings.
fn warped(settings: &str) -> (Tree, Directory) {
    let directory = Directory::new();
    let path = directory.path().join("settings");
    std::fs::write(&path, settings).expect("settings");
    let path = path.to_str().expect("a path of ASCII");
    let mut tree = Launch::new(WARPED).env("RUST_LOG", "debug").env("PERENNIAL_CONFIG", path).start();
    tree.line("up name=Guarded");
    (tree, directory)
}

/// Asserts that something took as long as it was to take.
fn took(began: Instant, wanted: Duration) {
    let took = began.elapsed();
    assert!(took >= wanted && took < wanted + SLACK, "{took:?} for {wanted:?}");
}

/// The hour of a line of the log.
fn hour(line: &str) -> Option<i64> {
    let time = line.split_once('T')?.1;
    (line.contains(" root[") && time.as_bytes().get(2) == Some(&b':')).then(|| time[..2].parse().ok())?
}

#[test]
fn the_clock_does_step() {
    let (mut tree, _settings) = warped("");
    tree.send("quit");
    let ended = tree.end();
    let hours: Vec<i64> = ended.lines.iter().filter_map(|line| hour(line)).collect();
    assert!(hours.len() >= 4, "{:#?}", ended.lines);
    let ahead =
        hours.windows(2).filter(|pair| (2..=12).contains(&(pair[1] - pair[0]).rem_euclid(24))).count();
    let back = hours.windows(2).filter(|pair| (2..=11).contains(&(pair[0] - pair[1]).rem_euclid(24))).count();
    assert!(ahead >= 1 && back >= 1, "{hours:?}");
}

#[test]
fn waits_of_a_daemon_keep_their_time() {
    let (mut tree, _settings) = warped("");
    let began = Instant::now();
    tree.send("nap");
    tree.line("done nap");
    took(began, Duration::from_millis(300));
    let began = Instant::now();
    tree.send("overdue");
    tree.line("timed-out=true");
    took(began, Duration::from_millis(300));
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn backoff_keeps_its_time() {
    let (mut tree, _settings) = warped("Guarded.backoff = 400ms\nGuarded.max_backoff = 400ms\n");
    for death in 0..3 {
        let began = Instant::now();
        tree.send("die");
        let line = tree.line_with(&[" Guarded [", "; starting again in "]);
        let wait = line.rsplit(" in ").next().and_then(|rest| rest.strip_suffix(" ms")).expect("a time");
        let wait = Duration::from_millis(wait.parse().expect("a number"));
        let backoff = Duration::from_millis(400);
        let wanted = if death == 0 { Duration::ZERO..=Duration::ZERO } else { backoff / 2..=backoff };
        assert!(wanted.contains(&wait), "{line}");
        tree.line("up name=Guarded");
        took(began, wait);
    }
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn restarts_are_counted_within_their_time() {
    let within = Duration::from_millis(1600);
    let (mut tree, _settings) = warped("Guarded.max_restarts = 3\nGuarded.within = 1600ms\n");
    let deaths = |tree: &mut Tree, count| {
        for _ in 0..count {
            tree.send("die");
            tree.line("up name=Guarded");
        }
    };
    deaths(&mut tree, 3);
    // Those are forgotten, and no earlier ones.
    std::thread::sleep(within + within / 8);
    deaths(&mut tree, 3);
    tree.send("die");
    tree.line("more than 3 restarts within ");
    assert_eq!(tree.end().code, Some(80));
}

#[test]
fn who_does_not_stop_is_killed_in_time() {
    let (mut tree, _settings) = warped("");
    tree.line("up name=Patient");
    tree.send("stay");
    let began = Instant::now();
    tree.signal(libc::SIGTERM);
    tree.line("Guarded did not stop in time; killed");
    took(began, Duration::from_millis(400));
    assert_eq!(tree.end().code, Some(81));
}

#[test]
fn who_is_not_ready_is_ended_in_time() {
    let began = Instant::now();
    let mut tree = Launch::new(WARPED).start();
    let line = tree.line("was not ready after ");
    assert!(line.contains("Slow ["), "{line}");
    took(began, Duration::from_millis(300));
    tree.line("unready=true");
    tree.line("up name=Patient");
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

/// Lives through every wait that root and daemons know, under strace.
fn live(launch: Launch) {
    let mut tree = launch.start();
    tree.line("up name=Guarded");
    let line = tree.line("was not ready after ");
    let root = line.split_once(" root[").and_then(|(_, rest)| rest.split_once(']')).expect("root says so").0;
    let root = root.parse().expect("a PID");
    for command in ["bounded", "nap", "commit", "overdue"] {
        tree.send(command);
        tree.line(&format!("done {command}"));
    }
    for command in ["spin", "die", "die"] {
        tree.send(command);
        let up = tree.line("up name=Guarded");
        assert_eq!(field(&up, "name"), "Guarded");
        assert!(number(&up, "generation") > 1, "{up}");
    }
    tree.send("stay");
    // SAFETY: takes numbers; the tree waits to be stopped. It is not the child of this test.
    assert_eq!(unsafe { libc::kill(root, libc::SIGTERM) }, 0);
    tree.line("Guarded did not stop in time; killed");
    tree.end();
}

#[test]
fn no_system_call_waits_for_another_clock() {
    if !strace::is_there() {
        return;
    }
    let directory = strace::traced(timed::CALLS, |strace| live(Launch::under(strace, GUARDED)));
    let (mut monotonic, mut relative) = (0, 0);
    for name in directory.files() {
        let trace = std::fs::read_to_string(directory.path().join(&name)).expect("strace wrote it");
        for line in trace.lines() {
            match timed::clock(line) {
                timed::Clock::None => {}
                timed::Clock::Monotonic => monotonic += 1,
                timed::Clock::Relative => relative += 1,
                timed::Clock::Other => panic!("{name}: {line}"),
            }
        }
    }
    println!("{monotonic} waits until a monotonic time, {relative} for a time");
    assert!(monotonic >= 20 && relative >= 1, "{monotonic} and {relative}");
}
