//! Death at every named point of a commit, a recovery, a reset and a flight: nothing is lost, nothing takes
//! effect twice.

use perennial::fault::Point;
use perennial_tests::{Ended, Launch, number};
use std::collections::BTreeMap;

const POINTS: &str = env!("CARGO_BIN_EXE_points");

const COUNT: i64 = 60;
const POISON: i64 = 13;
const ATTEMPTS: i64 = 8;

/// Runs the tree with these points armed; checks what it ends with against the model. Returns its lines.
fn run(armed: &str) -> Ended {
    let mut tree = Launch::new(POINTS).env("PERENNIAL_FAULT", armed).start();
    tree.line("sealed with");
    let ended = tree.end();
    let lines = || format!("armed {armed}:\n{}", ended.lines.join("\n"));
    assert_eq!(ended.code, Some(0), "{}", lines());
    let numbers = 0..COUNT;
    let (poison, sound): (Vec<i64>, Vec<i64>) = numbers.partition(|number| number % POISON == POISON - 1);
    let told = ended.last("final ");
    let sound_count = sound.len() as i64;
    for (name, wanted) in [
        ("count", sound_count),
        ("sum", sound.iter().sum()),
        ("booked", sound_count),
        ("more", 0),
        ("disorder", 0),
        ("letters", poison.len() as i64),
        ("letter-sum", poison.iter().sum()),
        ("tries", poison.len() as i64 * ATTEMPTS),
    ] {
        assert_eq!(number(told, name), wanted, "{name}; {}", lines());
    }
    // Whoever dies while a failure is counted, no message is tried once more than its ring allows.
    for number in poison {
        let tries =
            ended.with("try number=").filter(|line| line.ends_with(&format!("={number}"))).count() as i64;
        assert!((1..=ATTEMPTS).contains(&tries), "{number} was tried {tries} times; {}", lines());
    }
    assert_eq!(number(ended.last("source next="), "next"), COUNT, "{}", lines());
    assert_eq!(ended.with("clean=false").count(), 0, "{}", lines());
    // The climber takes its steps whatever it is rolled back to.
    assert!(ended.with("climber ").count() > 0, "{}", lines());
    assert_eq!(ended.directory.files(), ["points.lock"]);
    ended
}

fn reached(ended: &Ended, point: Point) -> usize {
    let line = format!("fault point reached: {}", point.name());
    ended.lines.iter().filter(|seen| **seen == line).count()
}

/// What to arm so that `point` is reached.
fn plans(point: Point) -> Vec<String> {
    let name = point.name();
    match point {
        Point::RecoverStarted
        | Point::RecoverReplayed
        | Point::RecoverDone
        | Point::ResetStarted
        | Point::ResetCleared
        | Point::ResetDone
        | Point::LadderClimbed => ["commit.published:1:3", "apply.written:1:6", "apply.locked:1:1"]
            .map(|first| format!("{first},{name}:2:1"))
            .into(),
        // A climber's death by a signal of its own making.
        Point::LadderPlanned | Point::LadderRolledBack => {
            [2, 5, 12].map(|nth| format!("commit.recorded:1:{nth}:abort,{name}:2:1")).into()
        }
        // Passes are counted in each process: a later one would never be reached in a transaction.
        Point::FlightBorn
        | Point::FlightStarted
        | Point::FlightReturned
        | Point::FlightRecorded
        | Point::FlightAnnounced => {
            vec![format!("{name}:1:1"), format!("commit.sealed:1:9,{name}:2:1")]
        }
        _ => ["1", "4:abort", "11:exit"].map(|nth| format!("{name}:1:{nth}")).into(),
    }
}

#[test]
fn without_a_fault_nothing_dies() {
    let ended = run("");
    assert_eq!(ended.with("fault point reached").count(), 0);
    assert_eq!(ended.with("starting again").count(), 0);
}

#[test]
fn at_every_point() {
    let mut total = BTreeMap::new();
    let mut runs = 0;
    for point in Point::ALL {
        for armed in plans(*point) {
            let ended = run(&armed);
            runs += 1;
            let times = reached(&ended, *point);
            assert!(times > 0, "armed {armed}, never reached:\n{}", ended.lines.join("\n"));
            for other in Point::ALL {
                *total.entry(other.name()).or_insert(0) += reached(&ended, *other);
            }
        }
    }
    println!("{runs} runs; deaths at each point:");
    for (name, times) in &total {
        println!("  {name:<20} {times}");
    }
    let never: Vec<&str> = Point::ALL
        .iter()
        .map(|point| point.name())
        .filter(|name| total.get(name).is_none_or(|times| *times == 0))
        .collect();
    assert!(never.is_empty(), "never reached: {never:?}");
}

#[test]
fn twice_in_a_row() {
    use Point as P;
    let chains: &[&[(Point, u32)]] = &[
        // Death in the replay of a commit, in the replay of that replay, and so on.
        &[(P::CommitPublished, 3), (P::ApplyWritten, 1)],
        &[(P::CommitPublished, 3), (P::ApplyLocked, 1), (P::ApplyWritten, 1), (P::ApplyMoved, 1)],
        &[(P::ApplyWritten, 5), (P::ApplyMoved, 1), (P::ApplyDone, 1), (P::RecoverDone, 1)],
        &[(P::ApplyLocked, 2), (P::RecoverReplayed, 1), (P::RecoverStarted, 1)],
        &[(P::ApplyDone, 4), (P::RecoverStarted, 1), (P::CommitSealed, 1), (P::CommitPublished, 1)],
        &[(P::ApplyUnlocked, 2), (P::ApplyUnlocked, 1), (P::ApplyUnlocked, 1)],
        // In a reset, and again in the reset that makes up for it.
        &[(P::CommitPublished, 2), (P::ResetStarted, 1), (P::ResetCleared, 1), (P::ResetCleared, 1)],
        &[(P::CommitPublished, 2), (P::ResetCleared, 1), (P::ApplyWritten, 1)],
        // While an attempt is counted, and while its counting is made good.
        &[(P::AttemptFailed, 2), (P::AttemptFailed, 1), (P::AttemptFailed, 1)],
        &[(P::FlightCommitting, 2), (P::FlightVerified, 1), (P::FlightCommitted, 1)],
        &[(P::FlightVerified, 2), (P::CommitRecorded, 1), (P::CommitSealed, 1), (P::CommitPublished, 1)],
        &[(P::FlightDispatched, 3), (P::FlightBorn, 1), (P::CommitWoken, 2)],
        &[(P::CheckpointTaken, 2), (P::CheckpointWritten, 1), (P::LadderClimbed, 1)],
        &[(P::ValidateCalled, 3), (P::ValidateCalled, 1), (P::ValidateCalled, 1)],
    ];
    for chain in chains {
        let parts = chain
            .iter()
            .zip(1..)
            .map(|((point, nth), generation)| format!("{}:{generation}:{nth}", point.name()));
        let armed = parts.collect::<Vec<_>>().join(",");
        let ended = run(&armed);
        for (point, _) in *chain {
            assert!(
                reached(&ended, *point) > 0,
                "armed {armed}: {} never reached:\n{}",
                point.name(),
                ended.lines.join("\n")
            );
        }
    }
}

/// Nobody pushes after the last message: if its pusher dies before it has woken the consumer, only the
/// pusher's recovery can.
#[test]
fn the_last_wake_is_not_lost() {
    for point in [Point::CommitPublished, Point::ApplyMoved, Point::ApplyDone, Point::ApplyUnlocked] {
        let ended = run(&format!("{}:1:{COUNT}", point.name()));
        assert!(
            ended.with("Source [").any(|line| line.contains("starting again")),
            "{}",
            ended.lines.join("\n")
        );
    }
}
