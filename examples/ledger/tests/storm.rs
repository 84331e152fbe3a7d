//! A short storm: SIGKILLs from outside to random daemons and transactions of the real program.

mod support;

use support::{Program, last_line};

/// Kills of each kind that must have been delivered for the storm to prove anything.
const ENOUGH: u64 = 20;

#[test]
fn the_books_balance_after_a_storm() {
    let program = Program::new();
    let (code, text) = program.run(&["--storm", "4"], "");
    let storm = text.lines().find(|line| line.starts_with("storm: ")).unwrap_or_else(|| panic!("{text}"));
    println!("{storm}");
    let kills: Vec<u64> = storm.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(kills.len() == 3 && kills[1..].iter().all(|&kills| kills >= ENOUGH), "{storm}: {text}");
    assert!(text.contains(": the books balance\n"), "{text}");
    let line = last_line(&text);
    assert_eq!(
        (line.faults, line.lines, code),
        ([0; 3], line.booked + line.refused + line.crashed, Some(0)),
        "{text}"
    );
    // The lines that crash by themselves are told from those that were merely killed.
    assert!(line.crashed > 0, "{text}");
}
