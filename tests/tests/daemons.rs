//! What the failure matrix does not hold of daemons: deaths from outside, returns, panics that were caught.

use perennial_tests::matrix::outcome::{Address, Code, Report};
use perennial_tests::matrix::trial::signal;
use perennial_tests::matrix::{Trial, Why};
use perennial_tests::{census, number};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

const IDLE: &str = "while it waited";

/// A crash signal that somebody sends.
const fn sent(signal: i32) -> Why {
    Why::Crash(Report { signal, code: Code::Sent, address: Address::Any })
}

#[test]
fn killed_from_outside_while_idle() {
    let mut trial = Trial::start(FAILURES);
    for (sends, why) in [
        (libc::SIGKILL, Why::Killed(&[libc::SIGKILL])),
        (libc::SIGTERM, Why::Killed(&[libc::SIGTERM])),
        (libc::SIGABRT, sent(libc::SIGABRT)),
        (libc::SIGSEGV, sent(libc::SIGSEGV)),
    ] {
        trial.asleep();
        trial.tree.mark();
        signal(trial.pid(), sends);
        trial.successor(why, IDLE);
    }
    trial.end();
}

#[test]
fn stopped_from_outside_while_idle() {
    let mut trial = Trial::start(FAILURES);
    trial.asleep();
    trial.tree.mark();
    signal(trial.pid(), libc::SIGSTOP);
    trial.successor(Why::Hung { report: false }, IDLE);
    trial.end();
}

#[test]
fn killed_while_it_waits_for_a_flight() {
    let mut trial = Trial::start(FAILURES);
    trial.tree.send("linger");
    let flight = number(&trial.tree.line("flight pid="), "pid") as i32;
    trial.asleep();
    signal(trial.pid(), libc::SIGKILL);
    trial.successor(Why::Killed(&[libc::SIGKILL]), "while it waited for a transaction");
    assert!(!census::runs(flight), "transaction {flight} outlived its daemon");
    trial.end();
}

#[test]
fn a_permanent_daemon_that_returns_is_started_again() {
    let mut trial = Trial::start(FAILURES);
    trial.tree.send("return");
    trial.successor(Why::Returned, "");
    trial.end();
}

#[test]
fn a_panic_that_the_daemon_catches_itself_changes_nothing() {
    let mut trial = Trial::start(FAILURES);
    trial.tree.send("catch");
    assert_eq!(trial.tree.line("done "), "done caught=true");
    trial.model.check(&trial.tree.line("state "));
    trial.work();
    // What killed the daemon later is not the panic that it survived.
    trial.tree.send("catch");
    trial.tree.line("state ");
    trial.asleep();
    trial.tree.mark();
    signal(trial.pid(), libc::SIGKILL);
    trial.successor(Why::Killed(&[libc::SIGKILL]), IDLE);
    trial.end();
}
