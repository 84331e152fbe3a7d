//! Who is subscribed hears of each commit sooner or later, and of each rollback once.

use perennial_tests::{Ended, Launch, Tree, number};

const SUBSCRIBED: &str = env!("CARGO_BIN_EXE_subscribed");
const NAMES: [&str; 2] = ["monitor", "watcher"];

/// The tree, and the PIDs of the two subscribers.
fn start() -> (Tree, [i32; 2]) {
    let mut tree = Launch::new(SUBSCRIBED).env("RUST_LOG", "warn").start();
    let pids = NAMES.map(|name| number(&tree.line(&format!("up name={name}")), "pid") as i32);
    tree.line("up name=ledger");
    (tree, pids)
}

fn stop(tree: Tree) -> Ended {
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    ended
}

/// Has the ledger do something, and waits until both have heard of the last of it.
fn hear(tree: &mut Tree, command: &str) {
    tree.send(command);
    let sequence = number(&tree.line(&format!("done {command}")), "sequence");
    for name in NAMES {
        tree.line_with(&[&format!("quiet name={name}"), &format!("sequence={sequence} ")]);
    }
}

#[test]
fn no_commit_is_missed() {
    let (mut tree, _) = start();
    for _ in 0..20 {
        hear(&mut tree, "commit");
    }
    for _ in 0..3 {
        hear(&mut tree, "work");
    }
    let ended = stop(tree);
    assert_eq!(ended.with("rollback name=").count(), 0, "{}", ended.lines.join("\n"));
    let refused = "`Ledger` is not subscribed to `Monitor`: add `Ledger -> Monitor` to `subscriptions`";
    assert_eq!(ended.with(refused).count(), 1, "{}", ended.lines.join("\n"));
}

#[test]
fn a_rollback_is_told_once() {
    let (mut tree, _) = start();
    for round in 1..=3 {
        hear(&mut tree, "commit");
        hear(&mut tree, "commit");
        tree.send("rollback");
        for name in NAMES {
            tree.line_with(&[&format!("rollback name={name}"), &format!("from={} to={round}", round - 1)]);
        }
    }
    hear(&mut tree, "commit");
    let ended = stop(tree);
    assert_eq!(ended.with("rollback name=").count(), 6, "{}", ended.lines.join("\n"));
}

#[test]
fn a_rollback_is_told_to_one_that_was_not_there() {
    let (mut tree, pids) = start();
    hear(&mut tree, "commit");
    hear(&mut tree, "commit");
    let signal = |signal| {
        for pid in pids {
            // SAFETY: takes numbers; children of root's, which reaps them only when they have died, of this.
            assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
        }
    };
    // They hear of nothing any more, and die of it.
    signal(libc::SIGSTOP);
    tree.send("rollback");
    tree.line("rolled back");
    signal(libc::SIGKILL);
    for name in NAMES {
        tree.line_with(&[&format!("rollback name={name}"), "from=0 to=1 generation=2"]);
    }
    hear(&mut tree, "commit");
    let ended = stop(tree);
    assert_eq!(ended.with("rollback name=").count(), 2, "{}", ended.lines.join("\n"));
}

/// Every state in between can be read, so each has a number of its own.
#[test]
fn each_commit_that_is_undone_counts() {
    let (mut tree, _) = start();
    for _ in 0..3 {
        hear(&mut tree, "commit");
    }
    tree.send("rollback 3");
    let mut told = NAMES.map(|_| 0);
    for (name, told) in NAMES.iter().zip(&mut told) {
        // In one piece or in several.
        let mut nth = 0;
        while *told < 3 {
            nth += 1;
            let line = tree.nth_line(&format!("rollback name={name}"), nth);
            assert_eq!(number(&line, "from"), *told, "{line}");
            *told = number(&line, "to");
        }
    }
    assert_eq!(told, [3, 3]);
    stop(tree);
}

#[test]
fn a_subscriber_whose_own_work_was_undone_is_told_again() {
    let (mut tree, _) = start();
    tree.line("corrected corrections=0 generation=1");
    hear(&mut tree, "commit");
    tree.send("rollback");
    tree.line("corrected corrections=1 generation=1");
    for generation in 1..=3 {
        // It has dealt with the rollback; its death undoes that.
        tree.send("crash");
        tree.line(&format!("corrected corrections=0 generation={}", generation + 1));
        tree.line(&format!("corrected corrections=1 generation={}", generation + 1));
    }
    let ended = stop(tree);
    assert_eq!(ended.with("corrections=2").count(), 0, "{}", ended.lines.join("\n"));
}
