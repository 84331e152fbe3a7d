//! A `decide` that does not come to an end.

use perennial_tests::{Launch, field, number};

const LADDER: &str = env!("CARGO_BIN_EXE_ladder");

#[test]
fn one_that_hangs_is_not_asked_again_about_the_same_death() {
    let ended = Launch::new(LADDER).arg("Hanger").arg("hangs").start().end();
    let lines = ended.lines.join("\n");
    assert_eq!(ended.code, Some(0), "{lines}");
    assert_eq!(ended.with("asked deaths=").count(), 1, "{lines}");
    assert_eq!(
        ended.with("was not ready after ").filter(|line| line.contains("Hanger")).count(),
        1,
        "{lines}"
    );
    // The third incarnation does what the ladder says about the first one's death.
    let last = ended.last("up generation=");
    assert_eq!((number(last, "generation"), field(last, "how")), (3, "rolled-back"), "{lines}");
    assert_eq!((number(last, "commits"), number(last, "steps")), (1, 1));
}
