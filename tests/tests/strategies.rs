//! What one daemon's death means for the others, in which order daemons start and stop, and what happens when one
//! has died too often.

use perennial_tests::{Ended, Launch, Tree, census, field, number};

const ALL: &str = env!("CARGO_BIN_EXE_one_for_all");
const REST: &str = env!("CARGO_BIN_EXE_rest_for_one");
const LIMITS: &str = env!("CARGO_BIN_EXE_limits");

fn up(tree: &mut Tree, name: &str, generation: u32) -> i32 {
    let said = format!("up name={name} ");
    let generation = format!("generation={generation} ");
    let deadline_line = tree.line_with(&[&said, &generation]);
    number(&deadline_line, "pid") as i32
}

fn kill(pid: i32) {
    // SAFETY: takes numbers; the PID is that of a daemon that has just said something.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
}

/// The names in the order of the lines that contain one of `said`, with what was said.
fn events(lines: &[String], said: &[&str]) -> Vec<String> {
    let event = |line: &String| {
        let what = said.iter().find(|what| line.starts_with(**what))?;
        Some(format!("{}{}", what.split(' ').next()?.chars().next()?, field(line, "name")))
    };
    lines.iter().filter_map(event).collect()
}

fn stop(tree: Tree) -> Ended {
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    ended
}

#[test]
fn one_for_all_starts_everybody_again() {
    let mut tree = Launch::new(ALL).start();
    let berta = up(&mut tree, "Berta", 1);
    let clara = up(&mut tree, "Clara", 1);
    for name in ["Anna", "Emma"] {
        up(&mut tree, name, 1);
    }
    tree.line("Dora [");
    tree.mark();
    kill(berta);
    for name in ["Anna", "Berta", "Emma"] {
        up(&mut tree, name, 2);
    }
    let since = tree.since_mark();
    // In the reverse of the order of their start; Dora had finished before.
    assert_eq!(events(&since, &["down "]), ["dEmma", "dClara", "dAnna"]);
    // Nobody starts before everybody has stopped.
    let last_down = since.iter().rposition(|line| line.starts_with("down ")).unwrap();
    let first_up = since.iter().position(|line| line.starts_with("up ")).unwrap();
    assert!(last_down < first_up, "{since:#?}");
    let line = since.iter().find(|line| line.contains("with Berta")).unwrap();
    assert!(line.contains("2 other daemons are started again"), "{line}");
    let ended = stop(tree);
    assert_eq!(ended.with("up name=Clara").count(), 1, "a temporary daemon is not started again");
    assert_eq!(ended.with("finished name=Dora").count(), 1, "who had finished stays so");
    assert!(!census::runs(clara));
    // State is resumed by those who were stopped, and reset where that is asked for.
    assert_eq!(ended.with("starts name=Anna count=2").count(), 1);
    assert_eq!(ended.with("starts name=Berta count=1").count(), 2);
    // The group counts as one restart, of the one that died.
    assert_eq!(ended.with("; starting again in ").count(), 1);
}

#[test]
fn rest_for_one_starts_those_behind_it_again() {
    let mut tree = Launch::new(REST).start();
    let anna = up(&mut tree, "Anna", 1);
    let berta = up(&mut tree, "Berta", 1);
    up(&mut tree, "Clara", 1);
    tree.line("Dora [");
    up(&mut tree, "Emma", 1);
    tree.mark();
    kill(berta);
    for name in ["Berta", "Emma"] {
        up(&mut tree, name, 2);
    }
    // Clara depends on Emma, so she is behind her.
    assert_eq!(events(&tree.since_mark(), &["down "]), ["dClara", "dEmma"]);
    assert!(census::runs(anna), "who is before it is left alone");
    // The last one of the order takes nobody along.
    tree.mark();
    let emma = up_pid(&mut tree, "Emma");
    kill(emma);
    up(&mut tree, "Emma", 3);
    assert_eq!(events(&tree.since_mark(), &["down "]), Vec::<String>::new());
    let ended = stop(tree);
    let down = ended.lines.iter().filter(|line| line.starts_with("down ")).cloned().collect::<Vec<_>>();
    assert_eq!(events(&down, &["down "])[2..], ["dEmma", "dBerta", "dAnna"], "stopped in reverse order");
    assert_eq!(ended.with("up name=Anna").count(), 1);
}

/// The PID of the newest incarnation, as the tools show it.
fn up_pid(tree: &mut Tree, name: &str) -> i32 {
    let ps = tree.tool(&["ps"]);
    let text = String::from_utf8_lossy(&ps.stdout).into_owned();
    let row = text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name}:\n{text}"));
    row.split_whitespace().next().and_then(|pid| pid.parse().ok()).unwrap_or_else(|| panic!("{row}"))
}

#[test]
fn a_limit_stops_the_tree_with_the_code_that_was_asked_for() {
    let ended = Launch::new(LIMITS).arg("Stopper").start().end();
    assert_eq!(ended.code, Some(17), "{}", ended.lines.join("\n"));
    assert_eq!(ended.with("up name=Stopper").count(), 3, "one start and two restarts");
    let line = ended.last("more than 2 restarts within 60 s; stopping with exit code 17");
    assert!(line.contains("Stopper [") && line.contains("was killed by SIGKILL"), "{line}");
}

#[test]
fn a_limit_resets_the_daemon_once() {
    let ended = Launch::new(LIMITS).arg("Resetter").start().end();
    assert_eq!(ended.code, Some(80), "{}", ended.lines.join("\n"));
    let starts: Vec<i64> = ended.with("up name=Resetter").map(|line| number(line, "starts")).collect();
    assert_eq!(starts, [1, 2, 3, 1, 2, 3], "the state begins anew after the third death");
    ended.last("more than 2 restarts within 60 s: starting again from the beginning in ");
}

#[test]
fn a_tree_goes_on_without_a_daemon_that_is_abandoned() {
    let mut tree = Launch::new(LIMITS).arg("Leaver").start();
    tree.line("Leaver, which will not be ready any more; going on without it");
    for name in ["Stopper", "Resetter"] {
        tree.line(&format!("up name={name}"));
    }
    let ps = tree.tool(&["ps"]);
    let text = String::from_utf8_lossy(&ps.stdout).into_owned();
    for name in ["Leaver", "Follower"] {
        let row = text.lines().find(|line| line.contains(name)).unwrap();
        assert!(row.contains("abandoned"), "{text}");
    }
    let ended = stop(tree);
    assert_eq!(ended.with("up name=Follower").count(), 0);
    assert_eq!(ended.with("up name=Leaver").count(), 3);
    ended.last("more than 2 restarts within 60 s; going on without it");
}
