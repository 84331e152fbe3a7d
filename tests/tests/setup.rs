//! A tree that cannot start says why in one line, exits with the code for it, and leaves nothing behind.

use perennial_tests::{Ended, Launch, census, number};

const DOORWAY: &str = env!("CARGO_BIN_EXE_doorway");

fn start(how: &str, what: &str) -> Ended {
    Launch::new(DOORWAY).arg(how).arg(what).start().end()
}

fn nothing_is_left(ended: &Ended) {
    assert_eq!(ended.code, Some(78), "{:?}", ended.lines);
    assert_eq!(ended.directory.files(), ["doorway.lock"]);
}

#[test]
fn a_missing_file() {
    let ended = start("file", "/no/such/file");
    nothing_is_left(&ended);
    assert_eq!(ended.lines.len(), 1, "{:?}", ended.lines);
    ended.last("doorway did not start: set-up failed: cannot read /no/such/file: No such file or directory");
}

#[test]
fn a_port_in_use() {
    let mut first = Launch::new(DOORWAY).start();
    let port = number(&first.line("port="), "port").to_string();
    first.line("open");
    let ended = start("port", &port);
    nothing_is_left(&ended);
    assert_eq!(ended.lines.len(), 1, "{:?}", ended.lines);
    ended.last(&format!("set-up failed: cannot listen on port {port}: Address already in use"));
    first.signal(libc::SIGTERM);
    assert_eq!(first.end().code, Some(0));
}

#[test]
fn a_hook_that_panics() {
    let ended = start("panic", "");
    nothing_is_left(&ended);
    ended.last("there is no door");
    ended.last("doorway did not start: set-up failed: the set-up hook panicked");
}

#[test]
fn a_hook_that_leaves_a_process_or_a_thread() {
    let ended = start("helper", "");
    nothing_is_left(&ended);
    ended.last("set-up failed: the helper was of no help");
    for line in ended.with("helper pid=") {
        assert!(!census::runs(number(line, "pid") as i32), "{line}");
    }
    let ended = start("thread", "");
    nothing_is_left(&ended);
    ended.last("set-up left 2 threads running");
}
