//! How a program is tested as a whole: it is started, parts of it are made to die, and what it comes to is the same.

use perennial::daemon::Ended;
use perennial::fault::Point;
use perennial::test::{Event, Fault, Launch};

const QUICKSTART: &str = env!("CARGO_BIN_EXE_quickstart");

/// The last line, without its time and process.
const RESULT: &str = "999 orders booked, 1 set aside";

#[test]
fn orders_are_booked_once_whoever_is_killed() {
    let mut shop = Launch::new(QUICKSTART).start();
    shop.await_event(Event::ready("Gateway"));
    let killed = shop.kill("Gateway");
    shop.await_event(Event::started("Gateway").after(killed));
    shop.kill_transaction("Ledger");
    let aborted = shop.await_event(Event::died("Ledger").generation(1));
    assert_eq!(aborted.ended, Ended::Crashed, "it aborts itself half-way");
    shop.line(RESULT);
    assert_eq!(shop.end().code, Some(0));
}

#[test]
fn a_death_between_commit_and_application_loses_nothing() {
    let fault = Fault::at(Point::CommitPublished).generation(1).pass(100);
    let mut shop = Launch::new(QUICKSTART).fault(fault).start();
    // Each of the two dies at its hundredth commit.
    let died = shop.await_event(Event::died("Ledger").generation(1));
    assert_eq!(died.ended, Ended::Killed);
    shop.await_event(Event::ready("Ledger").generation(2));
    shop.await_event(Event::started("Gateway").generation(2));
    shop.line(RESULT);
    assert_eq!(shop.end().code, Some(0));
}

#[test]
fn a_random_fault_loses_nothing() {
    for seed in 1..=5 {
        let mut shop = Launch::new(QUICKSTART).fault(Fault::random(seed)).start();
        shop.line(RESULT);
        assert_eq!(shop.end().code, Some(0), "seed {seed}");
    }
}
