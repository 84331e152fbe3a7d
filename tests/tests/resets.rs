//! A reset is one step: whoever dies on the way, the program is told of it once, and nobody is asked about the
//! all-zero state that it leaves.

use perennial_tests::{Ended, Launch, field, number};

const LADDER: &str = env!("CARGO_BIN_EXE_ladder");

/// Every store of the way lies between two of these.
const POINTS: [&str; 5] = ["ladder.climbed", "reset.started", "reset.cleared", "reset.done", "recover.done"];

/// Where the newborn `generation` and its successors die, and how; each way reaches its first point.
fn ways(generation: u32) -> Vec<String> {
    let mut ways = vec![String::new()];
    for action in ["kill", "abort"] {
        for point in POINTS {
            ways.push(format!("{point}:{generation}:1:{action}"));
            // The successor finishes what was begun, and dies in it as well.
            for later in ["reset.cleared", "reset.done", "recover.done"] {
                ways.push(format!("{point}:{generation}:1:{action},{later}:{}:1", generation + 1));
            }
        }
    }
    ways
}

fn run(daemon: &str, scenario: &str, armed: &str) -> Ended {
    let ended = Launch::new(LADDER).arg(daemon).arg(scenario).env("PERENNIAL_FAULT", armed).start().end();
    assert_eq!(ended.code, Some(0), "{armed}: {}", ended.lines.join("\n"));
    ended
}

/// The reset was told to one incarnation, the last, and asked about were only states that somebody had committed.
fn is_told(ended: &Ended, armed: &str, before: usize) {
    let lines = || format!("{armed}: {}", ended.lines.join("\n"));
    let deaths = ended.with("fault point reached").count();
    assert!(armed.is_empty() || deaths > 0, "never reached; {}", lines());
    let rises: Vec<&str> = ended.with("up generation=").collect();
    assert_eq!(rises.len(), before + 1, "{}", lines());
    let last = rises[before];
    assert_eq!((field(last, "how"), number(last, "steps")), ("reset", 0), "{}", lines());
    assert_eq!(number(last, "generation"), (before + 1 + deaths) as i64, "{}", lines());
    // A state that the program itself has gone back to is looked at, all-zero or not.
    for line in ended.lines.iter().skip_while(|line| !line.contains("; starting again in ")) {
        if line.starts_with("asked steps=") || line.starts_with("checked steps=") {
            assert_ne!(number(line, "steps"), 0, "{}", lines());
        }
    }
}

#[test]
fn of_the_ladder() {
    for armed in ways(2) {
        let ended = run("Zeroed", "undecided", &armed);
        is_told(&ended, &armed, 1);
    }
}

#[test]
fn because_decide_says_so() {
    for armed in ways(2) {
        let ended = run("Zeroed", "decided", &armed);
        is_told(&ended, &armed, 1);
        // Asked once, about the death that it was: but for a newborn that died after it was asked and before it
        // could begin, which none of the points is.
        assert_eq!(ended.with("asked steps=3 ").count(), 1, "{armed}");
    }
}

#[test]
fn because_nothing_is_left_to_undo() {
    for armed in ways(2) {
        is_told(&run("Zeroed", "unsound", &armed), &armed, 1);
    }
}

#[test]
fn because_the_record_is_damaged() {
    for armed in ways(2) {
        let ended = run("Zeroed", "damaged", &armed);
        is_told(&ended, &armed, 1);
        assert_eq!(ended.with("asked steps=").count(), 0, "{armed}");
    }
}

#[test]
fn by_order_of_root() {
    for armed in ways(5) {
        is_told(&run("Ordered", "dies", &armed), &armed, 4);
    }
}

#[test]
fn what_was_taken_back_names_the_messages_that_it_was_about() {
    for armed in
        ["", "ladder.planned:2:1", "ladder.rolled_back:2:1", "recover.done:2:1", "commit.published:2:1"]
    {
        let ended = Launch::new(env!("CARGO_BIN_EXE_discarding")).env("PERENNIAL_FAULT", armed).start().end();
        let all = ended.lines.join("\n");
        assert_eq!(ended.code, Some(0), "armed {armed}: {all}");
        assert_eq!(ended.with("fault point reached").count(), usize::from(!armed.is_empty()), "{all}");
        let told: Vec<&str> = ended
            .lines
            .iter()
            .map(String::as_str)
            .filter(|line| ["first ", "ladder ", "own ", "reset "].iter().any(|what| line.starts_with(what)))
            .collect();
        let wanted = [
            "first sum=5 next=6",
            "ladder inbox 2..6",
            "ladder acks 0..1",
            "ladder sum=2 next=6",
            "own inbox 7..8",
            "own sum=3 next=8",
            "reset inbox 0..8",
            "reset acks 0..2",
            "reset sum=0 next=8",
        ];
        assert_eq!(told, wanted, "armed {armed}: {all}");
        ended.last("discarded, with the messages: `inbox` 2..6, `acks` 0..1");
        ended.last("discarded, with the messages: `inbox` 0..8, `acks` 0..2");
    }
}
