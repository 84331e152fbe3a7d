//! Waits in event loops of the daemons' own.

use perennial_tests::{Launch, number};

#[test]
fn no_wake_up_is_lost_and_the_watchdog_tells_waiting_from_hanging() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_doorbell")).start();
    tree.line("patient alarm=true");
    let told = tree.line("patient generation=2");
    assert_eq!(number(&told, "waits"), 1, "{told}");
    // On a busy machine all of them take longer than a line is waited for.
    for part in 1..=10 {
        tree.line(&format!("round={}", part * 10_000));
    }
    let told = tree.line("rounds=");
    println!("{told}");
    assert!(number(&told, "rounds") >= 100_000 && number(&told, "lost") == 0, "{told}");
    tree.line("silent");
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    let all = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "{all}");
    assert_eq!(ended.with("stopping=true").count(), 1, "{all}");
    assert_eq!(ended.with("gave no sign of life").count(), 1, "once, when it hung: {all}");
    assert_eq!(ended.with("wrong ").count() + ended.with("for long").count(), 0, "{all}");
}
