//! The recovery ladder, `decide`, `validate` and named checkpoints, with real deaths.

use perennial_tests::{Ended, Launch, field, number};

const LADDER: &str = env!("CARGO_BIN_EXE_ladder");

fn run(daemon: &str, scenario: &str) -> Ended {
    run_with(daemon, scenario, "")
}

/// Runs a scenario to its end with these fault points armed.
fn run_with(daemon: &str, scenario: &str, armed: &str) -> Ended {
    let ended = Launch::new(LADDER).arg(daemon).arg(scenario).env("PERENNIAL_FAULT", armed).start().end();
    assert!(ended.code.is_some(), "{}", ended.lines.join("\n"));
    ended
}

/// What each incarnation that got to run found: how it was recovered, and how many commits were undone.
fn rises(ended: &Ended) -> Vec<(String, i64)> {
    let one = |line: &str| (field(line, "how").to_owned(), number(line, "commits"));
    ended.with("up generation=").map(one).collect()
}

fn expect(ended: &Ended, wanted: &[(&str, i64)]) {
    let wanted: Vec<(String, i64)> =
        wanted.iter().map(|(how, commits)| ((*how).to_owned(), *commits)).collect();
    assert_eq!(rises(ended), wanted, "{}", ended.lines.join("\n"));
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
}

#[test]
fn crashes_lead_to_the_newest_named_checkpoint_that_is_older() {
    let ended = run("Climber", "named");
    expect(&ended, &[("first", 0), ("resumed", 0), ("resumed", 0), ("rolled-back", 4)]);
    let last = ended.last("up generation=4");
    assert_eq!((number(last, "steps"), field(last, "poisoned")), (4, "false"));
    // Eight commits, and four that undo four of them.
    assert_eq!(number(last, "sequence"), 12);
    assert_eq!(field(last, "cause"), "SIGSEGV");
    let kept: Vec<&str> = ended.with("checkpoint name=").collect();
    assert_eq!(
        kept,
        [
            "checkpoint name=bad sequence=8 commits=0",
            "checkpoint name=good sequence=4 commits=4",
            "checkpoint name=old sequence=2 commits=6"
        ]
    );
    // Each rung is a line.
    assert_eq!(ended.with("resumed at commit 8; SIGSEGV in `run`; deaths in a row that were: ").count(), 2);
    ended.last("rolled back to checkpoint good: 4 commits undone, commit 8 -> 12; SIGSEGV in `run`");
    // It was the kernel that raised the signal.
    ended.last("crashed: SIGSEGV (code 1) at address 0x0");
}

#[test]
fn without_a_name_one_commit_is_undone_and_then_all() {
    let ended = run("Climber", "unnamed");
    let wanted = [("first", 0), ("resumed", 0), ("resumed", 0), ("rolled-back", 1), ("rolled-back", 3)];
    expect(&ended, &wanted);
    assert_eq!(number(ended.last("up generation=5"), "steps"), 0);
}

#[test]
fn in_the_end_the_state_is_reset() {
    let ended = run("Climber", "hopeless");
    let wanted = [
        ("first", 0),
        ("resumed", 0),
        ("resumed", 0),
        ("rolled-back", 1),
        ("rolled-back", 2),
        ("reset", 0),
        ("reset", 0),
    ];
    expect(&ended, &wanted);
    assert_eq!(ended.with("reset at commit").count(), 2);
    // A panic climbs as a crash does.
    let ended = run("Climber", "panicking");
    expect(&ended, &wanted[..6]);
    assert_eq!(field(ended.last("up generation=6"), "cause"), "panic");
}

#[test]
fn what_does_not_discredit_the_state_does_not_climb() {
    for scenario in ["killed", "failing"] {
        let ended = run("Climber", scenario);
        let wanted: Vec<(&str, i64)> = [("first", 0)].into_iter().chain([("resumed", 0); 7]).collect();
        expect(&ended, &wanted);
        assert_eq!(number(ended.last("up generation=8"), "steps"), 3);
    }
    let causes = |ended: &Ended| -> Vec<String> {
        ended.with("up generation=").map(|line| field(line, "cause").to_owned()).collect()
    };
    assert_eq!(causes(&run("Climber", "killed"))[1..], ["SIGKILL"; 7]);
    let told = ["exit", "return", "error", "exit", "return", "error", "exit"];
    assert_eq!(causes(&run("Climber", "failing"))[1..], told);
}

#[test]
fn a_hang_climbs_and_signs_of_life_keep_the_watchdog_away() {
    let ended = run("Sleeper", "hangs");
    expect(&ended, &[("first", 0), ("rolled-back", 1)]);
    let last = ended.last("up generation=2");
    assert_eq!((field(last, "cause"), number(last, "steps")), ("hang", 1));
    assert_eq!(ended.with("gave no sign of life").count(), 1);
    let position = |part: &str| ended.lines.iter().position(|line| line.contains(part)).unwrap();
    assert!(position("hanging") < position("gave no sign of life"), "{}", ended.lines.join("\n"));
}

#[test]
fn a_message_that_is_suspect_does_not_cost_the_state() {
    let ended = run("Eater", "poisoned");
    let wanted: Vec<(&str, i64)> = [("first", 0)].into_iter().chain([("resumed", 0); 5]).collect();
    expect(&ended, &wanted);
    let last = ended.last("up generation=6");
    assert_eq!((number(last, "sum"), number(last, "letters")), (1, 1), "0, 1, then 2 was set aside");
    assert_eq!(
        ended.with("not held against the state").count() + ended.with("; predecessor crashed").count(),
        5
    );
}

#[test]
fn every_answer_of_decide_is_carried_out() {
    for (scenario, how, commits, steps) in [
        ("resume", "resumed", 0, 5),
        // Undone are the fifth step and the flag.
        ("two", "rolled-back", 2, 4),
        ("named", "rolled-back", 4, 2),
        ("nameless", "rolled-back", 6, 0),
        ("reset", "reset", 0, 0),
    ] {
        let ended = run("Decider", scenario);
        expect(&ended, &[("first", 0), (how, commits)]);
        assert_eq!(number(ended.last("up generation=2"), "steps"), steps, "{scenario}");
        assert_eq!(
            ended.with("decide ").collect::<Vec<_>>(),
            [
                "decide deaths=1 rung=Resume undoable=6 steps=5 bytes=0 field=none cause=SIGSEGV activity=Running"
            ]
        );
    }
    let ended = run("Decider", "stop");
    assert_eq!(ended.code, Some(9));
    assert_eq!(rises(&ended).len(), 1, "`run` is not entered: {}", ended.lines.join("\n"));
}

#[test]
fn decide_is_asked_about_deaths_that_the_ladder_passes_over() {
    for (scenario, cause) in [("killed", "SIGKILL"), ("fails", "error")] {
        let ended = run("Decider", scenario);
        expect(&ended, &[("first", 0), ("resumed", 0)]);
        let line = ended.last("decide ");
        assert_eq!((number(line, "deaths"), field(line, "cause")), (0, cause));
    }
}

#[test]
fn a_decide_that_panics_or_crashes_leaves_it_to_the_ladder() {
    for (scenario, said) in [("panics", "`decide` panicked"), ("crashes", "`decide` crashed")] {
        let ended = run("Decider", scenario);
        // One death, one rung: where it crashes each newborn that was to decide is one that never ran.
        expect(&ended, &[("first", 0), ("resumed", 0), ("rolled-back", 4)]);
        assert_eq!(ended.with(said).count(), 2, "{}", ended.lines.join("\n"));
        assert_eq!(ended.with("decide deaths=").count(), 2);
        assert_eq!(number(ended.last("decide deaths="), "deaths"), 2, "its own deaths do not climb");
    }
}

#[test]
fn decide_is_shown_the_raw_bytes_of_damaged_state() {
    let ended = run("Decider", "damaged");
    let line = ended.last("decide ");
    assert_eq!((field(line, "field"), number(line, "steps"), number(line, "bytes")), ("flag", 7, 16));
    // It says to resume, which cannot be: commits are undone until the field is sound, which the fourth made it.
    expect(&ended, &[("first", 0), ("rolled-back", 2)]);
    assert_eq!(field(ended.last("up generation=2"), "flag"), "false");
    assert_eq!(ended.with("field `flag` held a value that its type does not allow").count(), 2);
}

#[test]
fn what_validate_refuses_is_committed_neither_by_an_update_nor_by_a_transaction() {
    let ended = run("Careful", "all");
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let told: Vec<&str> = ended.with("update ").collect();
    let wanted = [
        "update ok total=3",
        "update invalid why=too-little",
        "update invalid why=too-much",
        "update invalid why=`validate`-panicked",
        "update ok total=4",
    ];
    assert_eq!(told, wanted, "{}", ended.lines.join("\n"));
    let told: Vec<&str> =
        ended.with("transaction ").filter(|line| line.starts_with("transaction ")).collect();
    let wanted = [
        "transaction ok total=3 commits=1",
        "transaction invalid why=too-little commits=0",
        "transaction invalid why=too-much commits=0",
        "transaction invalid why=`validate`-panicked commits=0",
        "transaction crashed code=1 commits=0",
        "transaction ok total=4 commits=1",
    ];
    assert_eq!(told, wanted, "{}", ended.lines.join("\n"));
    ended.last("final total=4 parts=4");
}

#[test]
fn a_transaction_whose_memory_is_damaged_gets_no_invalid_state_past_its_daemon() {
    let ended = run("Careful", "damaged");
    assert_eq!(ended.code, Some(0), "{}", ended.lines.join("\n"));
    let told: Vec<&str> =
        ended.with("transaction ").filter(|line| line.starts_with("transaction ")).collect();
    let wanted = [
        "transaction ok total=3 commits=1",
        "transaction invalid why=too-little commits=0",
        "transaction invalid why=too-much commits=0",
        "transaction invalid why=`validate`-panicked commits=0",
        "transaction ok total=4 commits=1",
    ];
    assert_eq!(told, wanted, "{}", ended.lines.join("\n"));
    ended.last("final total=4 parts=4");
}

#[test]
fn state_that_does_not_validate_after_a_death_is_undone() {
    for (scenario, generation, why) in
        [("refuses", 2, "unlike"), ("panics", 2, "`validate` panicked"), ("crashes", 3, "`validate` crashed")]
    {
        let ended = run("Twins", scenario);
        expect(&ended, &[("first", 0), ("rolled-back", 1)]);
        let last = ended.last("up generation=");
        assert_eq!(number(last, "generation"), generation, "{scenario}");
        assert_eq!((number(last, "one"), number(last, "other")), (4, 4));
        ended.last(&format!("commit 5 undone; `validate` refused it: {why}"));
    }
    let ended = run("Twins", "hopeless");
    expect(&ended, &[("first", 0), ("reset", 0)]);
    let last = ended.last("up generation=2");
    assert_eq!((number(last, "one"), number(last, "other")), (0, 0));
}

#[test]
fn a_rung_is_carried_out_once_whoever_dies_on_the_way() {
    // The newborn that is to roll back is killed at each step; the next one does what is left, and no more.
    for point in [
        "ladder.climbed",
        "recover.started",
        "ladder.planned",
        "commit.sealed",
        "commit.published",
        "apply.written",
        "apply.unlocked",
        "ladder.rolled_back",
        "recover.done",
    ] {
        for passes in 1..=2 {
            let ended = run_with("Climber", "named", &format!("{point}:4:{passes}"));
            let reached = ended.with("fault point reached").count();
            if reached == 0 {
                assert_eq!(passes, 2, "{point} is not reached");
                continue;
            }
            expect(&ended, &[("first", 0), ("resumed", 0), ("resumed", 0), ("rolled-back", 4)]);
            let last = ended.last("up generation=5");
            assert_eq!((number(last, "steps"), number(last, "sequence")), (4, 12), "{point}");
            assert_eq!(field(last, "cause"), "SIGKILL");
        }
    }
    // One that crashes there by itself has discredited the state once more: the next rung.
    let ended = run_with("Climber", "named", "ladder.rolled_back:4:1:abort");
    expect(&ended, &[("first", 0), ("resumed", 0), ("resumed", 0), ("rolled-back", 8)]);
    assert_eq!(number(ended.last("up generation=5"), "steps"), 0);
}

#[test]
fn a_reset_is_carried_out_whoever_dies_on_the_way() {
    for point in ["ladder.climbed", "reset.started", "reset.cleared", "recover.done"] {
        let ended = run_with("Climber", "panicking", &format!("{point}:6:1"));
        let wanted = [
            ("first", 0),
            ("resumed", 0),
            ("resumed", 0),
            ("rolled-back", 1),
            ("rolled-back", 2),
            ("reset", 0),
        ];
        expect(&ended, &wanted);
        assert_eq!(number(ended.last("up generation=7"), "steps"), 0, "{point}");
    }
}
