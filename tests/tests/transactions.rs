//! A transaction that fails in any way leaves nothing behind, and its daemon hears exactly how it failed.

use perennial_tests::fault::PANIC;
use perennial_tests::{Holdings, Launch, Model, Tree, census, field, number};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

/// Checks what the daemon was told.
type Check = fn(&str);

/// Every way to fail.
const CASES: &[(&str, Check)] = &[
    ("null", |told| crash(told, libc::SIGSEGV, true)),
    ("kill", |told| assert_eq!(told, "done failure=Killed(9)")),
    ("abort", |told| crash(told, libc::SIGABRT, false)),
    ("overflow", |told| crash(told, libc::SIGSEGV, true)),
    ("panic", |told| {
        assert_eq!(field(told, "failure"), "Panicked");
        assert!(told.ends_with(&format!("message={PANIC}")), "{told}");
        assert!(field(told, "place").starts_with("tests/src/fault.rs:"), "{told}");
    }),
    ("error", |told| assert_eq!(told, "done failure=Task(Asked)")),
    ("loop", |told| assert_eq!(told, "done failure=TimedOut(200ms)")),
    ("exit", |told| assert_eq!(told, "done failure=Exited(0)")),
    ("vec", |told| {
        let bytes =
            told.strip_prefix("done failure=OverBudget(Heap(").and_then(|rest| rest.strip_suffix("))"));
        let bytes: usize = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or_else(|| panic!("{told}"));
        assert!((1024..=65_536).contains(&bytes), "a Vec that doubles asked for {bytes} bytes of 64 KiB");
    }),
    ("malloc", |told| assert_eq!(told, "done failure=Task(NoMemory)")),
    #[cfg(target_arch = "x86_64")]
    ("divide", |told| crash(told, libc::SIGFPE, true)),
    ("read-only", |told| {
        crash(told, libc::SIGSEGV, true);
        assert_eq!(number(told, "code"), 2, "the page is there, and not writable: {told}");
    }),
    ("overrun", |told| assert_eq!(told, "done failure=OverBudget(Record)")),
];

fn crash(told: &str, signal: i32, by_kernel: bool) {
    assert_eq!(field(told, "failure"), "Crashed", "{told}");
    assert_eq!(number(told, "signal"), i64::from(signal), "{told}");
    assert_eq!(number(told, "code") > 0, by_kernel, "{told}");
}

/// Fails in one way and checks everything; then work goes on.
fn fail(tree: &mut Tree, model: &mut Model, fault: &str, check: Check) {
    tree.send(&format!("fail {fault}"));
    check(&tree.line("done "));
    model.check(&tree.line("state "));
    model.step(tree, "transaction", 17);
    model.step(tree, "update", 1000 + fault.len() as u64);
}

/// The tree at rest: root, two daemons, and at most the two dead transactions whose slots are in quarantine.
fn at_rest(tree: &mut Tree) -> Holdings {
    tree.until("no transaction is left", |tree| Holdings::of(tree.pid()).running == 3);
    let zombies = census::zombies(tree.pid());
    assert!(zombies <= 2, "{zombies} zombies");
    Holdings::of(tree.pid())
}

#[test]
fn every_failure_is_told_and_leaves_nothing() {
    let mut tree = Launch::new(FAILURES).start();
    let mut model = Model::default();
    tree.line("victim pid=");
    model.step(&mut tree, "transaction", 3);
    model.step(&mut tree, "update", 4);
    let mut first = None;
    for round in 0..3 {
        for (fault, check) in CASES {
            fail(&mut tree, &mut model, fault, *check);
            first.get_or_insert_with(|| at_rest(&mut tree));
        }
        assert_eq!(first, Some(at_rest(&mut tree)), "round {round} left something");
    }
    tree.send("quit");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.with("victim pid=").count(), 1, "the daemon itself never died");
    assert_eq!(ended.directory.files(), ["failures.lock"]);
}

#[test]
fn a_transaction_killed_from_outside_is_gone_without_a_trace() {
    let mut tree = Launch::new(FAILURES).start();
    let mut model = Model::default();
    tree.line("victim pid=");
    model.step(&mut tree, "transaction", 5);
    for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGKILL] {
        tree.send("linger");
        let pid = number(&tree.line("flight pid="), "pid") as i32;
        // SAFETY: takes numbers; the transaction waits for this.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
        assert_eq!(tree.line("done "), format!("done failure=Killed({signal})"));
        model.check(&tree.line("state "));
        model.step(&mut tree, "transaction", 6);
    }
    // A signal that a fault would raise is told from the fault by its code.
    tree.send("linger");
    let pid = number(&tree.line("flight pid="), "pid") as i32;
    // SAFETY: as above.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGSEGV) }, 0);
    crash(&tree.line("done "), libc::SIGSEGV, false);
    model.check(&tree.line("state "));
    at_rest(&mut tree);
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
