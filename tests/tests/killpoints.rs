//! A process, killed after every single instruction of a commit, a recovery, a hand-over, a push and a pop: the state is
//! the old one or the new one, and nothing between.

#![cfg(target_arch = "x86_64")]

use perennial_tests::killpoints::{Counter, Desk, Ends, Tally, Victim, usual};

const TREE: &str = env!("CARGO_BIN_EXE_killpoints");

#[test]
fn killpoints_commit() {
    usual(commit);
}

fn commit() -> bool {
    let mut desk = Desk::new(TREE);
    let (path, _) = desk.record();
    let through = ["Core::commit", "Region::apply"];
    desk.tracer.check(&path, "marks::from", "marks::to", &through);
    let mut tally = Tally::new("a daemon's commit");
    tally.try_each(path.points(), |point| {
        let on_the_way = desk.kill_at(&path, point);
        (desk.await_state(), on_the_way)
    });
    tally.tell(&path)
}

/// A commit is left half-done, and so is its recovery, and the one after that.
#[test]
fn killpoints_recovery() {
    usual(recovery);
}

fn recovery() -> bool {
    let mut desk = Desk::new(TREE);
    let (path, between) = desk.record();
    let begin = desk.tracer.symbols.address("commit::recover", "::recover");
    let left_at = [0, between.len() / 2, between.len() - 1].map(|index| between[index]);
    for (left_at, name) in left_at.into_iter().zip([
        "recovery of a commit that was just published",
        "recovery of one that was applied in part",
        "recovery of one that was applied",
    ]) {
        desk.undo_and_redo();
        let old = desk.image();
        let newborn = desk.leave_at(&path, left_at, begin);
        let mut observer = desk.observer();
        let recovery = desk.tracer.record(newborn, desk.tracer.show, || observer.look());
        let through = ["::recover", "Region::apply", "Core::wake_everybody"];
        desk.tracer.check(&recovery, "::recover", "marks::show", &through);
        let new = desk.image();
        for image in observer.images() {
            let known = [&old, &new].into_iter().flatten().any(|known| known == image);
            assert!(known, "a reader would see what was never committed");
        }
        desk.tracer.extra = 0;
        desk.tracer.kill(newborn);
        assert!(desk.await_state(), "the commit was published");

        let mut tally = Tally::new(name);
        tally.try_each(recovery.points(), |point| {
            let first = desk.leave_at(&path, left_at, begin);
            let on_the_way = desk.tracer.go_along(first, &recovery, point);
            desk.tracer.kill(first);
            let second = desk.next_newborn(begin);
            // What is done already is not done again: it may go another way.
            desk.tracer.go_along(second, &recovery, point);
            desk.tracer.extra = 0;
            desk.tracer.kill(second);
            let new = desk.await_state();
            assert!(new, "what was published is lost at point {point}");
            (new, on_the_way)
        });
        if !tally.tell_of_one(&recovery) {
            return false;
        }
    }
    true
}

/// Somebody wrote over the record of a commit, and then its writer died: the state is the initial one, not a torn one.
#[test]
fn killpoints_damage() {
    usual(damage);
}

fn damage() -> bool {
    let mut desk = Desk::new(TREE);
    let (path, between) = desk.record();
    let mut tally = Tally::new("a commit whose record is damaged");
    tally.try_each(path.points().filter(|point| between.contains(point)), |point| {
        let on_the_way = desk.lead_to(&path, point);
        if on_the_way {
            desk.damage_record();
        }
        desk.tracer.kill(desk.book);
        if on_the_way {
            desk.await_reset();
        } else {
            desk.await_state();
        }
        (true, on_the_way)
    });
    tally.tell_of_one(&path)
}

/// A transaction dies between the end of its body and its own.
#[test]
fn killpoints_hand_over() {
    usual(hand_over);
}

fn hand_over() -> bool {
    let mut counter = Counter::new(TREE);
    let transaction = counter.ask();
    let path = counter.tracer.record(transaction, 0, || ());
    assert_eq!(counter.await_answer(), 0);
    // Its last instruction is libc's.
    let through = ["Log::hand_over", "report::announce", "process::exit"];
    counter.tracer.check(&path, "marks::from", "", &through);
    let mut tally = Tally::ordered("a transaction's hand-over");
    tally.try_each(path.points(), |point| {
        let transaction = counter.ask();
        let on_the_way = counter.tracer.go_along(transaction, &path, point);
        counter.tracer.kill(transaction);
        let again = counter.await_answer();
        assert!(again <= 1, "one more attempt at most");
        (again == 0, on_the_way)
    });
    tally.tell(&path)
}

/// The daemon dies while it takes over what a transaction has handed to it, and the caller asks again.
#[test]
fn killpoints_take_over() {
    usual(take_over);
}

fn take_over() -> bool {
    let mut counter = Counter::new(TREE);
    counter.tracer.extra = counter.tracer.symbols.address("flight::transact", "::land");
    counter.tracer.kill(counter.teller);
    assert!(!counter.await_successor());
    counter.hand_over();
    let path = counter.record();
    let through = ["verify::verify", "Region::add_answer", "Core::commit", "Region::apply"];
    counter.tracer.check(&path, "::land", "marks::to", &through);
    counter.tracer.kill(counter.teller);
    assert!(counter.await_successor());
    counter.ask_again(true);
    let mut tally = Tally::new("a daemon's taking over");
    tally.try_each(path.points(), |point| counter.die_taking_over(&path, point));
    tally.tell(&path)
}

fn ring(victim: Victim, [before, after]: [&'static str; 2]) -> bool {
    let mut ends = Ends::new(TREE, victim);
    let path = ends.record();
    let through = ["Core::commit", "Region::apply"];
    ends.tracer.check(&path, "marks::from", "marks::to", &through);
    let mut tally = Tally::new(before);
    tally.try_each(path.points(), |point| ends.look_before_recovery(&path, point));
    if !tally.tell(&path) {
        return false;
    }
    let mut tally = Tally::new(after);
    tally.try_each(path.points(), |point| ends.wake_after_recovery(&path, point));
    tally.tell(&path)
}

#[test]
fn killpoints_push() {
    usual(|| {
        ring(Victim::Pusher, ["a push, and a consumer that looks", "a push, and a consumer that sleeps"])
    });
}

#[test]
fn killpoints_pop() {
    usual(|| ring(Victim::Popper, ["a pop, and a producer that looks", "a pop, and a producer that sleeps"]));
}
