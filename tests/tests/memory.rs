//! After the seal no process of a tree gets more memory, whatever it does: the kernel's own account of it.

use perennial_tests::growth::{CALLS, growth};
use perennial_tests::{Launch, Model, strace};

const FAILURES: &str = env!("CARGO_BIN_EXE_failures");

/// What root says when it seals.
const MARKER: &str = "sealed with";

/// Works, fails in every way and restarts, in Rust and in C, all in one tree; ends it.
fn live(launch: Launch) {
    let mut tree = launch.start();
    let mut model = Model::default();
    tree.line("victim pid=");
    for fault in
        ["null", "abort", "overflow", "panic", "error", "exit", "vec", "malloc", "read_only", "overrun"]
    {
        model.step(&mut tree, "transaction", 21);
        tree.send(&format!("fail {fault}"));
        tree.line("done failure=");
        model.check(&tree.line("state "));
        tree.send("work 200");
        tree.line("done ok=");
        model.check(&tree.line("state "));
    }
    tree.send("grab");
    assert_eq!(
        tree.line("done "),
        "done ok=808",
        "eight requests each, refused in the daemon and in the transaction"
    );
    tree.line("state ");
    for command in
        ["die-idle panic", "die-idle vec", "fail-update null", "fail-update overflow", "die-flight exit"]
    {
        tree.send(command);
        tree.line("victim pid=");
        model.step(&mut tree, "update", 22);
        model.step(&mut tree, "transaction", 23);
    }
    tree.send("quit");
    let ended = tree.end();
    assert_eq!(ended.code, Some(0));
    let heap = "memory allocation of ";
    assert!(ended.with(heap).count() >= 2, "nobody ran out of memory");
}

#[test]
fn nothing_grows_after_the_seal() {
    if !strace::is_there() {
        return;
    }
    let directory = strace::traced(CALLS, |strace| live(Launch::under(strace, FAILURES)));
    let names = directory.files();
    let read = |name: String| {
        let trace = std::fs::read_to_string(directory.path().join(&name)).expect("strace wrote it");
        (name, trace)
    };
    let traces: Vec<(String, String)> = names.into_iter().map(read).collect();
    let (roots, others): (Vec<_>, Vec<_>) =
        traces.iter().partition(|(_, trace)| trace.contains(MARKER) && trace.contains("execve("));
    assert_eq!(roots.len(), 1, "one process is root");
    assert!(others.len() >= 40, "daemons and transactions were traced: {} processes", others.len());
    let written = others.iter().filter(|(_, trace)| trace.contains("write(1, \"victim pid=")).count();
    assert!(written >= 6, "{written} incarnations were traced");

    // Before the seal memory does grow: the filter would see it.
    let before = growth(&roots[0].1, None);
    let after = growth(&roots[0].1, Some(MARKER));
    println!(
        "{} processes; {} growing calls before the seal, {} after it",
        traces.len(),
        before.len(),
        after.len()
    );
    assert!(
        before.len() > after.len() && before.iter().any(|call| call.contains("memfd_create")),
        "{before:?}"
    );
    assert!(after.is_empty(), "root grew: {after:#?}");
    for (name, trace) in others {
        let grown = growth(trace, None);
        assert!(grown.is_empty(), "{name} grew: {grown:#?}");
    }
    let refused: usize = traces.iter().map(|(_, trace)| trace.matches("= -1 ENOMEM").count()).sum();
    println!("{refused} requests for memory were refused by the kernel");
    assert!(refused >= 14, "the kernel was asked, and refused: {refused}");
}
