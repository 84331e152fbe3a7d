//! What the failure matrix does not hold of transactions: deaths from outside, and retries.

use perennial_tests::matrix::trial::signal;
use perennial_tests::{Launch, Model, census, field, number};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

fn crash(told: &str, signal: i32, by_kernel: bool) {
    assert_eq!(field(told, "failure"), "Crashed", "{told}");
    assert_eq!(number(told, "signal"), i64::from(signal), "{told}");
    assert_eq!(number(told, "code") > 0, by_kernel, "{told}");
}

#[test]
fn a_transaction_killed_from_outside_is_gone_without_a_trace() {
    let mut tree = Launch::new(FAILURES).start();
    let mut model = Model::default();
    tree.line("victim pid=");
    model.step(&mut tree, "transaction", 5);
    for sent in [libc::SIGKILL, libc::SIGTERM, libc::SIGKILL] {
        tree.send("linger");
        signal(number(&tree.line("flight pid="), "pid"), sent);
        assert_eq!(tree.line("done "), format!("done failure=Killed({sent})"));
        model.check(&tree.line("state "));
        model.step(&mut tree, "transaction", 6);
    }
    // A signal that a fault would raise is told from the fault by its code.
    tree.send("linger");
    signal(number(&tree.line("flight pid="), "pid"), libc::SIGSEGV);
    crash(&tree.line("done "), libc::SIGSEGV, false);
    model.check(&tree.line("state "));
    tree.until("no transaction is left", |tree| {
        census::family(tree.pid()).iter().filter(|process| !process.zombie).count() == 5
    });
    tree.send("quit");
    assert_eq!(tree.end().code, Some(0));
}

#[test]
fn retries_are_made_in_fresh_processes() {
    let mut tree = Launch::new(FAILURES).start();
    let mut model = Model::default();
    tree.line("victim pid=");
    tree.send("stubborn");
    crash(&tree.line("done "), libc::SIGSEGV, true);
    model.check(&tree.line("state "));
    model.step(&mut tree, "transaction", 5);
    tree.send("quit");
    let ended = tree.end();
    let mut pids: Vec<i64> = ended.with("try pid=").map(|line| number(line, "pid")).collect();
    pids.dedup();
    assert_eq!(pids.len(), 3, "one attempt and two retries: {pids:?}");
}

#[test]
fn what_the_compiler_says_has_room_in_a_record_has() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_brimful")).start();
    assert_eq!(tree.line("filled="), "filled=true large=1 rest=1");
    assert_eq!(tree.line("answered="), "answered=true large=2 less=2");
    assert_eq!(tree.end().code, Some(0));
}
