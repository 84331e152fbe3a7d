//! Stamps are in order, and identifiers differ, over all processes of a tree.

use perennial_tests::{Launch, field, number};

#[test]
fn stamps_rise_and_identifiers_differ_over_forks_and_restarts() {
    let ended = Launch::new(env!("CARGO_BIN_EXE_stamps")).start().end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let told = ended.last("stamps count=");
    assert_eq!(
        [number(told, "count"), number(told, "different"), number(told, "early")],
        [300, 300, 0],
        "{told}"
    );
    let source = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    let trusted = cfg!(target_arch = "x86_64") && source.is_ok_and(|source| source.trim() == "tsc");
    assert!(trusted || field(told, "counter") == "false", "the kernel does not trust the counter: {told}");
}
