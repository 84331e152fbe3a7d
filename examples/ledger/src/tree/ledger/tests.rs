//! What a transaction does, without any process.

use super::{Account, Ledger, Trouble, balance};
use crate::tree::Line;
use crate::tree::gateway::Gateway;
use perennial::prelude::*;

/// A ledger before which lie these lines and the end.
fn before(lines: &[&str]) -> Scratch<Ledger> {
    let mut gateway = Scratch::<Gateway>::new();
    let lines = lines.iter().zip(1..).map(|(text, number)| Line::new(number, Text::new(text).ok()));
    for line in lines.chain([Line::end()]) {
        gateway.update(|s| s.lines.push(line).map_err(drop)).unwrap();
    }
    Scratch::<Ledger>::wired("lines", &gateway, "lines")
}

fn settle(ledger: &mut Scratch<Ledger>) -> Result<(), Failure<Trouble>> {
    ledger.update(|s| Ledger::settle_inline(s.lines, s.accounts, s.journal, s.dead, s.is_closed))
}

#[test]
fn lines_are_booked_or_set_aside_until_the_end() {
    let mut ledger = before(&["d,1000,1200,500,EUR,1,t", "nothing", "d,1200,1000,300,USD,2,t"]);
    for _ in 0..4 {
        assert!(!*ledger.state().is_closed);
        settle(&mut ledger).unwrap();
    }
    let books = ledger.state();
    assert!(*books.is_closed);
    let sides = |at: usize| books.accounts.get(at).map(|&Account { debit, credit }| (debit, credit));
    assert_eq!((sides(0), sides(1)), (Some((500, 150)), Some((150, 500))));
    assert!(books.journal.iter().map(|entry| (entry.line, entry.cents)).eq([(1, 500), (3, 150)]));
    assert!(books.dead.iter().map(|dead| (dead.line, dead.crashes)).eq([(2, 0)]));
    assert!(matches!(settle(&mut ledger), Err(Failure::Task(Trouble::Idle))));
}

#[test]
fn what_was_set_aside_comes_first() {
    let mut ledger = before(&["d,1000,1200,500,EUR,1,t", "d,1200,1000,300,USD,2,t"]);
    ledger.update(|s| if s.lines.refuse() { Ok(()) } else { Err(()) }).unwrap();
    settle(&mut ledger).unwrap();
    settle(&mut ledger).unwrap();
    assert!(ledger.state().journal.iter().map(|entry| entry.line).eq([1, 2]));
    assert_eq!(ledger.state().lines.dead_letters().count(), 0);
}

#[test]
fn half_a_booking_is_refused() {
    let mut ledger = before(&[]);
    assert!(balance(&ledger.state()).is_ok());
    let half = ledger.update(|s| s.accounts.update(0, |account| account.debit += 1));
    assert!(matches!(half, Err(Failure::Invalid(_))), "{half:?}");
    assert_eq!(ledger.state().accounts.get(0).map(|account| account.debit), Some(0));
}
