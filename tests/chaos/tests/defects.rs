//! Chaos finds out what is broken, and finds nothing where nothing is.

use std::process::{Command, Output};

fn chaos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chaos")).args(arguments).output().expect("chaos runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// What is broken, and what is said of it.
const DEFECTS: [(&str, &str); 10] = [
    ("lose", "1 messages lost, 0 duplicated, 0 changed"),
    ("twice", "0 messages lost, 1 duplicated, 0 changed"),
    ("swap", "0 messages lost, 0 duplicated, 1 changed"),
    ("mint", "cents and must be"),
    ("misfile", "are ranked as"),
    ("miscount", "have paid"),
    ("chip", "pairs that were not alike"),
    ("forget", "is at odds with"),
    ("tear", "perceived as it never was"),
    ("blur", "perceived as it never was"),
];

fn is_found(defect: &str, violation: &str) {
    let output = chaos(&["--minutes", "0.1", "--seed", "7", "--break", defect]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{defect}: {told}");
    assert!(told.contains("VIOLATION in round 1, --seed 7: "), "{defect}: {told}");
    assert!(told.contains(violation) && told.contains("Plan { seed: 7"), "{defect}: {told}");
}

#[test]
fn every_defect_is_found() {
    // More at a time would come to nothing.
    for some in DEFECTS.chunks(3) {
        std::thread::scope(|scope| {
            for (defect, violation) in some {
                scope.spawn(|| is_found(defect, violation));
            }
        });
    }
}

#[test]
fn nothing_is_found_where_nothing_is_broken() {
    let output = chaos(&["--minutes", "0.1", "--seed", "7"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.lines().next_back().is_some_and(|line| line.ends_with("0 lost, 0 duplicated")), "{told}");
    assert!(!told.contains(" 0 crashes caused"), "{told}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    for arguments in [&["--minutes", "x"][..], &["--break", "nothing"], &["--seeds"]] {
        let output = chaos(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(told(&output).contains("usage: chaos"), "{arguments:?}");
    }
}
