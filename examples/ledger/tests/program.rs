//! The real program, from outside: what it says, its exit code, and what it leaves.

mod support;

use std::fs;
use support::{LastLine, Program, last_line};

#[test]
fn the_bookings_that_are_shipped_are_booked() {
    let program = Program::new();
    let (code, text) = program.run(&[], "");
    let line = last_line(&text);
    assert_eq!((line.lines, line.faults, code), (4000, [0; 3], Some(0)), "{text}");
    assert!(line.refused > 0 && line.crashed > 0 && text.contains(": the books balance\n"), "{text}");
    assert_eq!(text.matches(" (3 times)\n").count(), line.crashed, "{text}");
}

#[test]
fn a_poison_line_from_a_pipe_ends_in_the_dead_letters() {
    let program = Program::new();
    let file = "date,debit,credit,amount,currency,rate,text\n\
        2026-01-02,1200,4000,11900,EUR,1.0000,\"Miller, Weber and Co.\"\n\
        2026-01-03,1200,4000,500,USD,0.0000,no rate on a holiday\n\
        2026-01-04,1200,4000,500,DEM,1.9558,no such currency any more\n\
        2026-01-05,1200,4000,n/a,EUR,1.0000,no amount\n\
        2026-01-06,1000,1200,2000,EUR,1.0000,the last line has no end";
    let (code, text) = program.run(&["-"], file);
    assert_eq!(code, Some(0), "{text}");
    let expected = LastLine { lines: 5, booked: 2, refused: 1, crashed: 2, faults: [0; 3] };
    assert_eq!(last_line(&text), expected, "{text}");
    let divided = if cfg!(target_arch = "x86_64") { "SIGFPE" } else { "SIGTRAP" };
    for (line, signal) in [(3, divided), (4, "SIGSEGV")] {
        let told = format!("line {line} is set aside: crashed: {signal} (code ");
        assert!(
            text.lines().any(|said| said.starts_with(&told) && said.ends_with(" (3 times)")),
            "{told}: {text}"
        );
    }
    assert!(text.contains("line 5 is refused: the amount is no whole number"), "{text}");
    assert!(text.contains("debits 139.00 EUR, credits 139.00 EUR: the books balance"), "{text}");
    let journal = fs::read_to_string(program.path("books/journal.csv")).unwrap();
    assert_eq!(journal, "2,1200,4000,11900\n6,1000,1200,2000\n");
    // Each of the two crashed three transactions, and no daemon.
    assert_eq!(program.log().matches("settle: crashed: ").count(), 6, "{}", program.log());
    assert!(!program.log().contains("starting again"), "{}", program.log());
}

#[test]
fn an_empty_file_is_done_at_once() {
    let program = Program::new();
    let (code, text) = program.run(&["-"], "");
    assert_eq!((code, last_line(&text).lines), (Some(0), 0), "{text}");
}

#[test]
fn what_cannot_be_done_is_said_before_it_is_begun() {
    let program = Program::new();
    let (code, text) = program.run(&["/nowhere.csv"], "");
    assert!(code == Some(2) && text.contains("/nowhere.csv"), "{text}");
    // That folder is there now.
    let (code, text) = program.run(&[], "");
    assert!(code == Some(2) && text.contains("cannot be made"), "{text}");
    let program = Program::new();
    let (code, text) = program.run(&["-"], &"nothing\n".repeat(5000));
    assert!(code == Some(2) && text.contains("divide the file"), "{text}");
}
