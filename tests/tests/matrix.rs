//! The failure matrix: one test for each failure in each place, and `FAILURES.md`, which lists them.

#![cfg(target_arch = "x86_64")]

use perennial_tests::fault::Fault;
use perennial_tests::matrix::{Place, Trial, table};
use perennial_tests::{every_fault, every_place};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

/// Fails twice in one way: what one failure leaves over must not grow.
fn cell(fault: Fault, place: Place) {
    let mut trial = Trial::start(FAILURES);
    for _ in 0..2 {
        trial.strike(fault, place);
    }
    trial.end();
}

macro_rules! tests {
    ($($fault:ident $name:ident $what:literal;)*) => {
        $(mod $name { super::every_place!(cells $fault); })*
    };
}

macro_rules! cells {
    (($fault:ident) $($place:ident $test:ident $heading:literal $what:literal;)*) => {
        $(
            #[test]
            fn $test() {
                super::cell(super::Fault::$fault, super::Place::$place);
            }
        )*
    };
}

every_fault!(tests);

#[test]
fn failures_md_is_as_the_tests_are() {
    // The tests that are named there and not made here.
    assert!(include_str!("fault_points.rs").contains("#[test]\nfn at_every_point()"));
    let pace = include_str!("pace.rs");
    assert!(pace.contains("#[test]\nfn peers_keep_their_pace()"));
    assert!(pace.contains("#[test]\nfn each_failure_leaves_peers_their_pace()"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../FAILURES.md");
    let wanted = table::file();
    if std::env::var_os("UPDATE_FAILURES").is_some() {
        std::fs::write(path, &wanted).expect("FAILURES.md can be written");
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == wanted,
        "FAILURES.md is not what the tests show; `{}` writes it anew",
        table::REGENERATE
    );
}
