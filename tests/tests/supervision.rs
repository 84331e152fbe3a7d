//! Root: when it starts a daemon again, when it gives up, how it stops, and what it exits with.

use perennial_tests::{Ended, Launch, Tree, census, field, number};
use std::time::{Duration, Instant};

const SUPERVISED: &str = env!("CARGO_BIN_EXE_supervised");
const GREEDY: &str = env!("CARGO_BIN_EXE_greedy");

fn start(scenario: &str) -> Tree {
    Launch::new(SUPERVISED).arg(scenario).start()
}

/// A tree whose daemons are all up.
fn up(scenario: &str) -> (Tree, [i32; 3]) {
    let mut tree = start(scenario);
    let pids = ["First", "Second", "Third"]
        .map(|name| number(&tree.line(&format!("up name={name} ")), "pid") as i32);
    (tree, pids)
}

fn names<'a>(ended: &'a Ended, said: &'a str) -> Vec<&'a str> {
    ended.with(said).map(|line| field(line, "name")).collect()
}

/// Nothing of the tree is left but its lock.
fn is_gone(ended: &Ended, pids: &[i32]) {
    for pid in pids {
        assert!(!census::runs(*pid), "{pid} is still there");
    }
    assert_eq!(ended.directory.files(), ["watched.lock"]);
}

#[test]
fn a_daemon_that_dies_too_often_stops_the_tree() {
    let ended = start("doomed").end();
    assert_eq!(ended.code, Some(80), "{ended:?}");
    assert_eq!(names(&ended, "up name=Second").len(), 6, "one start and five restarts");
    ended.last("more than 5 restarts within 60 s; stopping with exit code 80");
    // It was never ready, so it waits from the first time on; the second half of each wait is random.
    let wait = |line: &str| line.rsplit(" in ").next()?.strip_suffix(" ms")?.parse::<u64>().ok();
    let waits: Vec<u64> = ended.with("starting again in").filter_map(wait).collect();
    assert_eq!(waits.len(), 5);
    for (wait, longest) in waits.into_iter().zip([20, 20, 40, 80, 160]) {
        assert!((longest / 2..=longest).contains(&wait), "{wait} of {longest} ms");
    }
    // The others were stopped in order.
    assert_eq!(names(&ended, "down name="), ["Third", "First"]);
    is_gone(&ended, &[]);
}

#[test]
fn backoff_is_waited_for() {
    let began = Instant::now();
    start("doomed").end();
    assert!(began.elapsed() >= Duration::from_millis(10 + 10 + 20 + 40 + 80), "{:?}", began.elapsed());
}

#[test]
fn a_signal_stops_the_tree_in_reverse_order() {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        let (tree, pids) = up("idle");
        tree.signal(signal);
        let ended = tree.end();
        assert_eq!((ended.code, ended.signal), (Some(0), None));
        assert_eq!(names(&ended, "down name="), ["Third", "Second", "First"]);
        is_gone(&ended, &pids);
    }
}

#[test]
fn a_daemon_that_does_not_stop_is_killed() {
    let (tree, pids) = up("stubborn");
    let began = Instant::now();
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    let took = began.elapsed();
    assert_eq!(ended.code, Some(81));
    assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&took), "{took:?}");
    ended.last("Second did not stop in time; killed");
    assert_eq!(names(&ended, "down name="), ["Third", "First"], "the others stop in order all the same");
    is_gone(&ended, &pids);
}

#[test]
fn a_second_signal_kills_at_once() {
    let (mut tree, pids) = up("stubborn");
    tree.mark();
    tree.signal(libc::SIGTERM);
    tree.line("down name=Third");
    // Signals that come together are one request.
    std::thread::sleep(Duration::from_millis(100));
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(81));
    ended.last("asked to stop again");
    is_gone(&ended, &pids);
}

#[test]
fn shutdown_decides_the_exit_code() {
    let ended = start("seven").end();
    assert_eq!(ended.code, Some(7));
    // Who had not risen yet says nothing; who had, stops in order.
    let down = names(&ended, "down name=");
    assert!(down.is_sorted_by(|a, b| a > b), "{down:?}");
    is_gone(&ended, &[]);
}

#[test]
fn a_tree_whose_last_daemon_has_finished_ends() {
    let ended = start("finite").end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(
        names(&ended, "up name=Second").len(),
        2,
        "a transient daemon is started again after an error"
    );
    assert_eq!(names(&ended, "up name=First").len(), 1, "and not after it has returned");
    ended.last("run returned an error: not yet");
    is_gone(&ended, &[]);
}

#[test]
fn a_failed_set_up_is_one_clear_message() {
    let ended = start("nonsense").end();
    assert_eq!(ended.code, Some(78));
    assert_eq!(ended.lines.len(), 1, "{:?}", ended.lines);
    ended.last("watched did not start: set-up failed: nonsense is no scenario");
    is_gone(&ended, &[]);
}

#[test]
fn a_tree_runs_once_in_a_directory() {
    let (tree, pids) = up("idle");
    let second = tree.tool(&["run", "idle"]);
    assert_eq!(second.status.code(), Some(69));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("`watched` runs already") && said.lines().count() == 1, "{said}");
    // The one that runs was not disturbed.
    assert!(pids.iter().all(|pid| census::runs(*pid)));
    assert_eq!(tree.tool(&["ps"]).status.code(), Some(0));
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn tools_work_on_a_live_tree() {
    let (mut tree, pids) = up("idle");
    // SAFETY: takes numbers; the daemon runs.
    unsafe { libc::kill(pids[1], libc::SIGKILL) };
    let reborn = number(&tree.nth_line("up name=Second", 2), "pid");

    let ps = tree.tool(&["ps"]);
    let text = String::from_utf8_lossy(&ps.stdout).into_owned();
    assert_eq!(ps.status.code(), Some(0), "{text}");
    let row = |name: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.split_whitespace().any(|word| word == name));
        line.unwrap_or_else(|| panic!("no {name}:\n{text}")).split_whitespace().map(str::to_owned).collect()
    };
    let root = tree.pid().to_string();
    let (first, second) = (pids[0].to_string(), reborn.to_string());
    assert_eq!(row("First")[..6], [&first, &root, "First", "1", "running", "0"]);
    assert_eq!(row("Second")[..6], [&second, &root, "Second", "2", "running", "1"]);
    assert_eq!(row("watched")[0], root);

    let map = tree.tool(&["map"]);
    assert_eq!(map.status.code(), Some(0));
    let text = String::from_utf8_lossy(&map.stdout).into_owned();
    assert!(text.contains("Second: ") && text.contains("starts"), "{text}");

    let help = tree.tool(&["help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(["run", "ps", "map", "stop", "help"].iter().all(|command| text.contains(command)), "{text}");

    let stop = tree.tool(&["stop"]);
    assert_eq!(stop.status.code(), Some(0));
    assert!(!census::runs(tree.pid()), "stop returns when root is gone");
    assert_eq!(tree.tool(&["ps"]).status.code(), Some(69));
    assert_eq!(tree.tool(&["stop"]).status.code(), Some(69));
    assert_eq!(tree.tool(&["map"]).status.code(), Some(0), "the map needs no running tree");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0));
    is_gone(&ended, &pids);
}

#[test]
fn more_memory_than_there_is_is_refused_before_anything_starts() {
    let ended = Launch::new(GREEDY).start().end();
    assert_eq!(ended.code, Some(69));
    assert_eq!(ended.lines.len(), 1, "{:?}", ended.lines);
    let said = ended.last("greedy did not start: the tree declares ");
    assert!(said.contains(" bytes, but only ") && said.contains("lower `mem`"), "{said}");
    assert_eq!(ended.directory.files(), ["greedy.lock"]);
}

#[test]
fn nobody_outlives_root() {
    let (mut tree, pids) = up("flying");
    let flight = number(&tree.line("flight pid="), "pid") as i32;
    assert_eq!(census::family(tree.pid()).len(), 5, "root, three daemons and a transaction");
    let everybody: Vec<_> = pids.into_iter().chain([flight]).map(census::Watch::on).collect();
    tree.signal(libc::SIGKILL);
    let ended = tree.end();
    assert_eq!(ended.signal, Some(libc::SIGKILL));
    for watch in everybody {
        assert!(watch.ends_within(Duration::from_secs(5)), "{} outlived root", watch.pid());
    }
    assert_eq!(names(&ended, "down name=").len(), 0);
    // What a killed root leaves in its directory does not hinder the next.
    let mut next = Launch::new(SUPERVISED).arg("idle").within(ended.directory).start();
    next.line("up name=Third");
    next.signal(libc::SIGTERM);
    assert_eq!(next.end().code, Some(0));
}
