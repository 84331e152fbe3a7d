//! Children that user code forks.

use perennial_tests::{Launch, census};

#[test]
fn what_a_foreign_child_does_has_no_effect() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_foreign")).start();
    tree.line("detached");
    tree.until("what was detached is reaped", |tree| census::family(tree.pid()).len() == 2);
    tree.signal(libc::SIGTERM);
    let ended = tree.end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let expected = format!("frees=0 changes={} whole=true", 128 + libc::SIGSEGV);
    assert_eq!(ended.with(&format!("daemon {expected}")).count(), 1, "{}", ended.lines.join("\n"));
    assert_eq!(ended.with(&format!("flight {expected}")).count(), 4, "{}", ended.lines.join("\n"));
    assert_eq!(ended.last("sum="), "sum=4");
}
