//! A flight that ends in an unusual way is told as what it was, and nothing of it lives on: no process that it
//! forked, no program that it became, no thread that had not crashed.

use perennial::test::PATIENCE;
use perennial_tests::{Launch, Tree, census, field, number};

const FLIGHTS: &str = env!("CARGO_BIN_EXE_flights");

fn start() -> (Tree, i32) {
    let mut tree = Launch::new(FLIGHTS).start();
    let pilot = number(&tree.line("pilot pid="), "pid") as i32;
    (tree, pilot)
}

fn end(mut tree: Tree) {
    tree.send("quit");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.with("pilot pid=").count(), 1, "the daemon itself never died");
}

/// Waits until there is nothing left of any flight, not even a zombie.
fn alone(tree: &mut Tree, others: usize) {
    tree.until("root, the daemon and its own are left", |tree| {
        census::family(tree.pid()).len() == 2 + others
    });
}

#[test]
fn what_a_transaction_forked_dies_with_it() {
    let (mut tree, _) = start();
    let ways = ["fork", "fork-session", "fork-twice", "clone", "clone-session", "clone-twice", "zombie"];
    for (way, done) in ways.iter().zip(1..) {
        tree.send(&format!("spawn {way}"));
        assert_eq!(tree.line("told "), format!("told Ok(()) done={done}"), "{way}");
        // Nothing else happens in the tree meanwhile: no further flight is launched.
        alone(&mut tree, 0);
    }
    end(tree);
}

#[test]
fn children_of_the_daemons_own_are_left_alone() {
    let (mut tree, pilot) = start();
    let helpers: Vec<i32> = ["fork", "clone"]
        .map(|way| {
            tree.send(&format!("helper {way}"));
            number(&tree.line("left pid="), "pid") as i32
        })
        .into();
    for way in ["fork-session", "clone-session", "clone-twice", "clone", "fork"] {
        tree.send(&format!("spawn {way}"));
        assert!(tree.line("told ").starts_with("told Ok"), "{way}");
        alone(&mut tree, 2);
        assert!(helpers.iter().all(|&pid| census::runs(pid)), "{way}");
    }
    // Nor is their exit status taken away.
    for &pid in &helpers {
        // SAFETY: takes numbers; the helper was seen running.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
        tree.until("the helper is a zombie", |_| !census::runs(pid));
        tree.send("good");
        tree.line("told Ok");
        tree.send("helper reap");
        assert_eq!(tree.line("helper reaped="), format!("helper reaped={pid} status=9"));
    }
    // What the daemon has forked with libc ends with the daemon, whatever session it is in.
    tree.send("helper fork");
    let helper = number(&tree.line("left pid="), "pid") as i32;
    // SAFETY: as above.
    assert_eq!(unsafe { libc::kill(pilot, libc::SIGKILL) }, 0);
    tree.line("generation=2");
    tree.until("the helper is gone", |_| !census::runs(helper));
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn what_escapes_a_daemon_does_not_hold_up_the_end() {
    let (mut tree, _) = start();
    tree.send("helper clone-session");
    let helper = number(&tree.line("left pid="), "pid") as i32;
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
    assert!(!census::runs(helper));
}

#[test]
fn nothing_outlives_a_killed_root() {
    let (mut tree, _) = start();
    tree.send("helper fork");
    let helper = census::Watch::on(number(&tree.line("left pid="), "pid") as i32);
    // In a flight, and as deep as the test goes.
    tree.send("linger");
    let deepest = census::Watch::on(number(&tree.line("left pid="), "pid") as i32);
    tree.signal(libc::SIGKILL);
    assert_eq!(tree.end().signal, Some(libc::SIGKILL));
    assert!(helper.ends_within(PATIENCE) && deepest.ends_within(PATIENCE));
}

#[test]
fn a_flight_that_becomes_another_program_is_told_as_such() {
    let (mut tree, _) = start();
    let programs: &[&str] = if cfg!(target_arch = "x86_64") { &["true", "sleeper"] } else { &["true"] };
    for _ in 0..3 {
        for program in programs {
            tree.send(&format!("exec {program}"));
            let pid = number(&tree.line("flight pid="), "pid") as i32;
            assert_eq!(tree.line("told "), "told Err(Replaced) done=0", "{program}");
            assert!(!census::runs(pid), "{program}");
            alone(&mut tree, 0);
        }
    }
    tree.send("exec nothing");
    assert_eq!(tree.line("told "), "told Err(Task(Unknown)) done=0");
    tree.send("good");
    assert_eq!(tree.line("told "), "told Ok(()) done=1");
    alone(&mut tree, 0);
    end(tree);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_daemon_that_becomes_another_program_is_started_again() {
    let (mut tree, pilot) = start();
    tree.send("good");
    tree.line("told Ok(()) done=1");
    tree.send("become sleeper");
    let again = number(&tree.line("generation=2"), "pid") as i32;
    assert_ne!(pilot, again);
    tree.until("the program is gone", |_| !census::runs(pilot));
    tree.send("good");
    assert_eq!(tree.line("told "), "told Ok(()) done=2");
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn a_flight_dies_whole_whichever_thread_crashes() {
    let (mut tree, _) = start();
    let crash = |signal: i32| format!("told Crashed signal={signal} ");
    let killed = |signal: i32| format!("told Err(Killed({signal})) ");
    let segv = libc::SIGSEGV;
    let cases = [
        ("thread", vec![crash(segv)]),
        ("main", vec![crash(segv)]),
        // One of the two reports, or dies of the other's crash before it has.
        ("both", vec![crash(segv), crash(libc::SIGFPE), killed(segv), killed(libc::SIGFPE)]),
        // The kernel calls no handler: who died of what it tells all the same.
        ("blocked", vec![killed(segv)]),
        ("ignored", vec![killed(segv)]),
        ("handler", vec![killed(segv)]),
        ("stackless", vec![killed(segv)]),
        ("deep", vec![killed(segv)]),
        ("main-ends", vec![killed(libc::SIGKILL)]),
    ];
    for _ in 0..3 {
        for (wrong, told) in &cases {
            tree.send(&format!("threads {wrong}"));
            let pid = number(&tree.line("flight pid="), "pid") as i32;
            let line = tree.line("told ");
            assert!(told.iter().any(|told| line.starts_with(told.as_str())), "{wrong}: {line}");
            assert_eq!(field(&line, "done"), "0", "{wrong}");
            tree.until("the flight is dead", |_| !census::runs(pid));
        }
    }
    alone(&mut tree, 0);
    end(tree);
}

#[test]
fn a_crash_and_a_commit_at_the_same_moment_do_not_mix() {
    let (mut tree, _) = start();
    // Which of the two comes first is the scheduler's matter: until each of them did.
    let (mut kept, mut crashed) = (0, 0);
    for _ in 0..20 {
        tree.mark();
        tree.send("race");
        let line = tree.line("raced ");
        assert_eq!(field(&line, "whole"), "true", "{line}");
        kept += number(&line, "kept");
        crashed += 300 - number(&line, "kept");
        if kept > 0 && crashed > 0 {
            break;
        }
    }
    assert!(kept > 0 && crashed > 0, "the race was always won: {kept} kept, {crashed} crashed");
    alone(&mut tree, 0);
    end(tree);
}

#[test]
fn a_flight_that_is_stopped_ends_by_its_timeout() {
    let (mut tree, _) = start();
    tree.send("stop");
    let pid = number(&tree.line("flight pid="), "pid") as i32;
    assert_eq!(tree.line("told "), "told Err(TimedOut(200ms)) done=0");
    tree.until("the flight is dead", |_| !census::runs(pid));
    alone(&mut tree, 0);
    end(tree);
}
