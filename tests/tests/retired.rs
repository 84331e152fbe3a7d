//! Daemons that are not started again: what they have committed is seen whole nonetheless.

use perennial_tests::Launch;

const RETIRED: &str = env!("CARGO_BIN_EXE_retired");

/// Runs the tree with these points armed, and stops it once the sinks have everything; returns what was said.
fn run(armed: &str) -> Vec<String> {
    let mut tree = Launch::new(RETIRED).env("PERENNIAL_FAULT", armed).start();
    tree.line("left taken=[1, 1]");
    tree.line("right taken=[1, 1, 1, 1]");
    for (name, phase) in [("Brief", "ended"), ("Frail", "abandoned")] {
        tree.until("its end is shown", |tree| {
            let shown = tree.tool(&["ps"]).stdout;
            let shown = String::from_utf8_lossy(&shown);
            shown.lines().any(|line| line.contains(name) && line.contains(phase))
        });
    }
    let ps = String::from_utf8_lossy(&tree.tool(&["ps"]).stdout).into_owned();
    assert!(ps.contains("killed SIGKILL") && !ps.contains("returned"), "how they ended is kept: {ps}");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "armed {armed}: {}", ended.lines.join("\n"));
    ended.lines
}

#[test]
fn a_commit_whose_daemon_is_not_started_again_is_seen_by_everybody() {
    for point in ["commit.published", "apply.locked", "apply.written", "apply.moved", "apply.done"] {
        let lines = run(&format!("{point}:1:1"));
        let completed = |line: &&String| line.contains("not started again; last commit was completed");
        let wanted = if point == "apply.done" { 0 } else { 2 };
        assert_eq!(lines.iter().filter(completed).count(), wanted, "{point}: {}", lines.join("\n"));
    }
}

#[test]
fn whoever_waits_for_it_is_woken_nonetheless() {
    run("apply.unlocked:1:1");
}

#[test]
fn its_recovery_may_die_as_well() {
    let lines = run("apply.moved:1:1,recover.started:2:1,recover.replayed:3:1");
    let again = lines.iter().filter(|line| line.contains("its last commit is recovered by another"));
    assert_eq!(again.count(), 4, "{}", lines.join("\n"));
}

#[test]
fn one_that_can_never_recover_is_given_up() {
    let mut tree = Launch::new(RETIRED).env("PERENNIAL_FAULT", "apply.moved:1:1,recover.started:*:1").start();
    for name in ["Brief", "Frail"] {
        tree.line_with(&[name, "its last commit is recovered no more"]);
    }
    tree.signal(libc::SIGTERM);
    assert!(tree.end().code.is_some());
}
