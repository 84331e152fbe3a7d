//! A request that is asked again after a crash between commit and answer finds its answer and does not run
//! twice.

use perennial::fault::Point;
use perennial_tests::{Ended, Launch, number};

const REQUESTS: &str = env!("CARGO_BIN_EXE_requests");
const COUNT: i64 = 12;

fn run(armed: &str) -> Ended {
    let mut tree = Launch::new(REQUESTS).env("PERENNIAL_FAULT", armed).start();
    tree.line("sealed with");
    let ended = tree.end();
    let lines = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "armed {armed}:\n{lines}");
    let (mut answers, mut total) = (0_i64, 0);
    for id in 0..COUNT {
        total += id + 1;
        answers = answers * 3 + total * 1000 + id + 1;
    }
    let told = ended.last("final ");
    for (name, wanted) in [("answers", answers), ("runs", COUNT), ("most", 1), ("total", total)] {
        assert_eq!(number(told, name), wanted, "{name}; armed {armed}:\n{lines}");
    }
    assert_eq!(ended.with("same=false").count(), 0, "armed {armed}:\n{lines}");
    assert!(ended.with("same=true").all(|line| number(line, "commits") == 0), "armed {armed}:\n{lines}");
    ended
}

#[test]
fn a_second_ask_is_answered_without_a_run() {
    let ended = run("");
    assert_eq!(ended.with("same=true").count() as i64, COUNT);
}

/// The daemon dies after the commit, before the caller has its answer.
#[test]
fn death_between_commit_and_answer() {
    let ended = run("flight.committed:1:3");
    assert_eq!(ended.with("fault point reached: flight.committed").count(), 1);
    assert_eq!(number(ended.last("final "), "generation"), 2);
}

#[test]
fn death_anywhere_else() {
    for point in Point::ALL {
        let name = point.name();
        let armed = if ["recover.", "reset.", "ladder."].iter().any(|part| name.starts_with(part)) {
            format!("commit.published:1:4,{name}:2:1")
        } else if name.starts_with("flight.") {
            format!("{name}:1:1,flight.committed:2:2")
        } else {
            format!("{name}:1:5,flight.committed:2:1")
        };
        // This tree has no ring, no check, no checkpoint, no rollback and no reset, and its failures are no attempts
        // at a message.
        let ended = run(&armed);
        if !matches!(
            point,
            Point::ApplyMoved
                | Point::ResetStarted
                | Point::ResetCleared
                | Point::ResetDone
                | Point::AttemptFailed
                | Point::ValidateCalled
                | Point::CheckpointWritten
                | Point::CheckpointTaken
                | Point::LadderPlanned
                | Point::LadderRolledBack
        ) {
            let line = format!("fault point reached: {name}");
            assert!(ended.with(&line).count() > 0, "armed {armed}:\n{}", ended.lines.join("\n"));
        }
    }
}
