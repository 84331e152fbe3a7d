//! Signal handlers of a daemon's own that interrupt its waiting: the watchdog knows of them, and nobody else does.

use perennial_tests::{Launch, Tree, census, field, number};
use std::time::{Duration, Instant};

const HANDLING: &str = env!("CARGO_BIN_EXE_handling");
/// The daemon's `watchdog`.
const PERIOD: Duration = Duration::from_millis(300);

fn start() -> (Tree, i32) {
    let mut tree = Launch::new(HANDLING).start();
    let pid = number(&tree.line("up name=Handling"), "pid") as i32;
    (tree, pid)
}

fn end(mut tree: Tree) {
    tree.send("quit");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

/// Strikes the daemon while it waits.
fn hang(handler: i32) {
    let (mut tree, pid) = start();
    tree.until("the daemon sleeps", |_| census::sleeps(pid));
    let began = Instant::now();
    // SAFETY: takes numbers; the process belongs to the tree of this test.
    assert_eq!(unsafe { libc::kill(pid, handler) }, 0);
    let line = tree.line("gave no sign of life for ");
    assert!(line.contains("in a signal handler while it waited"), "{line}");
    assert!(began.elapsed() >= PERIOD, "{:?}", began.elapsed());
    assert_eq!(field(&tree.line("generation=2"), "cause"), "hung-with-report");
    assert!(began.elapsed() < PERIOD * 4, "{:?}", began.elapsed());
    end(tree);
}

#[test]
fn one_that_never_comes_back_is_a_hang() {
    hang(libc::SIGUSR1);
}

#[test]
fn so_is_one_that_a_shared_library_installs() {
    hang(libc::SIGUSR2);
}

#[test]
fn many_short_ones_are_no_hang() {
    let (mut tree, pid) = start();
    tree.send("tick");
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < PERIOD * 5 {
        tree.send("ticks");
        count = number(&tree.line("ticks count="), "count");
        tree.mark();
        // In between the daemon waits for two periods.
        std::thread::sleep(PERIOD * 2);
    }
    assert!(count >= 500, "only {count} signals were handled");
    assert!(census::runs(pid), "the daemon was taken for one that hangs");
    end(tree);
}

#[test]
fn whoever_asks_is_told_of_the_handler_that_was_installed() {
    let (mut tree, _) = start();
    tree.send("ask");
    assert_eq!(field(&tree.line("asked "), "same"), "true");
    end(tree);
}

#[test]
fn one_that_takes_the_place_of_another_finds_its_own_frame_and_mask() {
    let (mut tree, _) = start();
    tree.send("swap");
    let told = tree.line("swapped ");
    assert!(number(&told, "count") > 500, "{told}");
    assert_eq!(number(&told, "mixed"), 0, "{told}");
    end(tree);
}

#[test]
fn signal_is_as_in_glibc() {
    let (mut tree, _) = start();
    tree.send("signal");
    assert_eq!(field(&tree.line("signal "), "same"), "true");
    end(tree);
}
