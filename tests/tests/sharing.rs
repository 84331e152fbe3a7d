//! Locks in the memory that a daemon shares with its transactions.

use perennial_tests::Launch;

#[test]
fn a_family_shares_locks_and_learns_of_its_dead() {
    let mut tree = Launch::new(env!("CARGO_BIN_EXE_sharing")).start();
    tree.line("sealed with");
    let ended = tree.end();
    let all = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "{all}");
    let expected = [
        "born life=1 consistent [0, 0]",
        "turned ok=true",
        "found consistent [1, 1]",
        "crashed ok=false",
        "found inconsistent Some([2, 1])",
        "panicked ok=false",
        "found inconsistent Some([101, 100])",
        "together ok=true",
        "found consistent [20100, 20100]",
        "killed ok=false",
        "forked Ok(11)",
        "left permits=2 count=1 done=1",
        // What is shared begins anew with the daemon; what was committed does not.
        "born life=2 consistent [0, 0]",
        // A transaction of which the kernel could not tell that it has died keeps nobody from being born.
        "born life=3 consistent [0, 0]",
    ];
    assert!(!all.contains("could not start"), "{all}");
    let mut lines = ended.lines.iter();
    for wanted in expected {
        assert!(lines.any(|line| line.contains(wanted)), "not there, or not in this order: {wanted}\n{all}");
    }
}
