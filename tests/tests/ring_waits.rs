//! Waiting for messages and for room, where something else happens in between.

use perennial_tests::Launch;

#[test]
fn a_signal_handler_in_the_middle_of_a_wait_on_descriptors_loses_no_wake_up() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_interrupted")).start();
    // The source's birth has rung the sink's doorbell, which would wake it from the first wait in any case.
    let rounds = [("push", "messages=1", 1), ("push", "messages=1", 2), ("note", "messages=0 news=true", 1)];
    for (round, (command, told, nth)) in rounds.into_iter().enumerate() {
        tree.nth_line("handling", round + 1);
        tree.nudge(command);
        tree.nth_line(told, nth);
    }
    tree.nth_line("handling", rounds.len() + 1);
    // The handler waits a last time.
    tree.send("note");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

#[test]
fn a_producer_that_waits_for_room_is_ready_for_the_consumers_that_depend_on_it() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_held_back")).start();
    tree.line("first count=8");
    // Everybody was started again in between, and pushes the same once more.
    tree.line("first count=16");
    tree.line("flying done generation=2");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

#[test]
fn who_finds_no_room_has_not_failed_at_its_message() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_unhurried")).start();
    tree.nth_line("timed out with letters=0", 3);
    tree.send("die");
    // Everybody was asked to stop in between, while it waited.
    tree.line("refused with letters=0");
    tree.line("taken=[8, 8]");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    assert_eq!(ended.with("gave no sign of life").count(), 0, "{}", ended.lines.join("\n"));
}

#[test]
fn a_message_is_not_charged_for_one_that_was_overwritten() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_overtaken")).start();
    tree.line("updating handles");
    tree.line("flying handles");
    tree.send("more");
    // Each has died of the first one, which has made room for the third.
    tree.line("updating missed=1 letters=0");
    tree.line("flying missed=1 letters=0");
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn nobody_wakes_up_for_a_message_that_can_neither_be_read_nor_set_aside() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_garbled")).start();
    // What a transaction pushes is looked at before it is committed.
    let told = tree.line("transaction: ");
    assert!(told.contains("Rejected"), "{told}");
    tree.nth_line("first=None lag=2 messages=false", 2);
    tree.line("slept true");
    tree.line("gone=true messages=true next=Some(Fragile(7))");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    assert_eq!(
        ended.with("the ring stands still until one is taken").count(),
        1,
        "{}",
        ended.lines.join("\n")
    );
}

#[test]
fn requests_for_dead_letters_do_not_displace_each_other() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_deferring")).start();
    tree.line("busy");
    let asked = [["replay", "Busy.one", "1"], ["replay", "Busy.two", "2"], ["replay", "Busy.one", "1"]]
        .map(|arguments| tree.begin_tool(&arguments));
    tree.nth_line("Busy is to deliver dead letters again", 3);
    tree.send("go");
    tree.line("replays one=2 two=2");
    for tool in asked {
        let told = tool.wait_with_output().expect("the tool ends");
        assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stderr));
    }
    tree.signal(libc::SIGTERM);
    assert_eq!(tree.end().code, Some(0));
}
