//! A short storm: SIGKILLs from outside to random daemons and transactions of the real program.

mod support;

use support::{Program, last_line, number_before};

/// Kills that must have been delivered for the storm to prove anything.
const ENOUGH: usize = 100;

#[test]
fn nothing_is_lost_or_counted_twice_in_a_storm() {
    let program = Program::new();
    let out = program.folder("work");
    let (code, text) = program.run(&["--out", &out, "--storm", "6"]);
    let kills = number_before(&text, " kills delivered");
    let line = last_line(&text);
    println!("{kills} kills delivered, {} restarts of daemons", line.restarts);
    assert!(kills >= ENOUGH, "only {kills} kills were delivered: {text}");
    assert!(line.is_whole() && code == Some(0), "{text}");
}
