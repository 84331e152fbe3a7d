//! What `validate` is asked about besides changes of the user's, and what it is not.

use perennial_tests::{Ended, Launch, field, number};

const LADDER: &str = env!("CARGO_BIN_EXE_ladder");

fn run(daemon: &str, scenario: &str) -> Ended {
    let ended = Launch::new(LADDER).arg(daemon).arg(scenario).start().end();
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    ended
}

#[test]
fn a_rollback_goes_on_until_its_state_is_accepted() {
    for (scenario, undone, steps) in [("accepts", 2, 4), ("older", 4, 2), ("panics", 3, 3)] {
        let ended = run("Turner", scenario);
        let told = ended.last("undone=");
        assert_eq!((number(told, "undone"), number(told, "steps")), (undone, steps), "{scenario}");
        assert_eq!(field(told, "recovered"), "First");
        // Six commits, as many as were undone, and one more.
        let on = ended.last("went on");
        assert_eq!((number(on, "steps"), number(on, "sequence")), (steps + 10, 7 + undone));
        let last = ended.last("up generation=2");
        assert_eq!((field(last, "how"), number(last, "steps")), ("resumed", steps + 10));
    }
}

#[test]
fn a_rollback_that_nothing_accepts_is_a_reset() {
    let ended = run("Turner", "nothing");
    let told = ended.last("undone=");
    assert_eq!((number(told, "undone"), number(told, "steps")), (6, 0));
    assert_eq!(field(told, "recovered"), "Reset");
    let last = ended.last("up generation=2");
    assert_eq!((field(last, "how"), number(last, "steps")), ("resumed", 10), "it is told once");
}

#[test]
fn a_check_that_crashes_in_a_rollback_has_refused() {
    let ended = run("Turner", "crashes");
    // The rollback's state is committed when it is looked at: a newborn looks again, dies, and the next one undoes it.
    let last = ended.last("up generation=3");
    assert_eq!((field(last, "how"), number(last, "commits"), number(last, "steps")), ("rolled-back", 1, 3));
    ended.last("commit 8 undone; `validate` refused it: `validate` crashed");
}

#[test]
fn attempts_are_counted_and_messages_set_aside_whatever_it_says_and_change_no_field() {
    let ended = run("Picky", "eats");
    let said: Vec<&str> = ended
        .lines
        .iter()
        .map(String::as_str)
        .skip_while(|line| *line != "begin")
        .take_while(|line| *line != "end")
        .filter(|line| line.starts_with("attempt=") || line.starts_with("checked"))
        .collect();
    // It is not called for either commit: the second would be refused.
    let wanted = [
        "attempt=1 failed=true commits=1 same=true attempts=1 letters=0",
        "attempt=2 failed=true commits=1 same=true attempts=0 letters=1",
    ];
    assert_eq!(said, wanted, "{}", ended.lines.join("\n"));
    // Refused is the next change, and one that takes the letter is not.
    ended.last("refused=true sum=5");
    ended.last("taken=Some(7)");
}
