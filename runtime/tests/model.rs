//! A daemon's state against a plain model: random writes, commits, discards, rollbacks and named checkpoints.

use perennial::prelude::*;
use proptest::prelude::*;

#[plain]
#[derive(Debug, PartialEq)]
struct Row {
    key: u32,
    hits: u32,
}

#[daemon(mem = "1MiB", record = "8KiB", history = "16KiB")]
struct Book {
    total: u64,
    flags: [bool; 3],
    rows: Array<Row, 300>,
    bytes: Array<[u8; 300], 40>,
}

#[derive(Clone, Debug, PartialEq)]
struct Model {
    total: u64,
    flags: [bool; 3],
    rows: Vec<Row>,
    bytes: Vec<[u8; 300]>,
}

#[derive(Clone, Debug)]
enum Write {
    Total(u64),
    Flag(usize, bool),
    Row(usize, u32),
    Bytes(usize, u8),
}

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Write>),
    Discard(Vec<Write>),
    Rollback(usize),
    Checkpoint(&'static str),
    RollBackTo(&'static str),
}

const NAMES: [&str; 5] = ["a", "b", "a checkpoint's name", "", "d"];

fn name() -> impl Strategy<Value = &'static str> {
    (0..NAMES.len()).prop_map(|at| NAMES[at])
}

/// What the model remembers of a checkpoint: its name and how many commits there were.
type Marks = Vec<(&'static str, usize)>;

/// Gives the state a name in the model: the newest three stay.
fn mark(marks: &mut Marks, name: &'static str, commits: usize) {
    marks.retain(|mark| mark.0 != name);
    marks.push((name, commits));
    if marks.len() > 3 {
        marks.remove(0);
    }
}

/// Every checkpoint is one of the model's, in order, and is missing only if the history has dropped it, and with it
/// all that are older.
///
/// `peak` is the most commits that there were at once: what was dropped for the newest of them does not come back with
/// a rollback.
fn compare(book: &Scratch<Book>, marks: &Marks, commits: usize, peak: usize) -> Result<(), TestCaseError> {
    let kept: Vec<(String, usize)> =
        book.checkpoints().map(|kept| (kept.name.to_string(), kept.commits)).collect();
    let wanted: Vec<(String, usize)> =
        marks.iter().rev().map(|(name, at)| (name.to_string(), commits - at)).collect();
    prop_assert!(wanted.starts_with(&kept), "{kept:?} of {wanted:?}");
    // A commit takes less than half of the history.
    let near = marks.iter().filter(|(_, at)| at + 1 >= peak).count();
    prop_assert!(kept.len() >= near, "{kept:?} of {wanted:?}");
    Ok(())
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        any::<u64>().prop_map(Write::Total),
        (0..3_usize, any::<bool>()).prop_map(|(at, on)| Write::Flag(at, on)),
        (0..310_usize, any::<u32>()).prop_map(|(at, key)| Write::Row(at, key)),
        (0..41_usize, any::<u8>()).prop_map(|(at, byte)| Write::Bytes(at, byte)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let writes = || proptest::collection::vec(write(), 0..40);
    prop_oneof![
        4 => writes().prop_map(Step::Commit),
        1 => writes().prop_map(Step::Discard),
        1 => (0..4_usize).prop_map(Step::Rollback),
        2 => name().prop_map(Step::Checkpoint),
        1 => name().prop_map(Step::RollBackTo),
    ]
}

fn carry_out(state: &mut BookMut<'_>, writes: &[Write]) {
    for write in writes {
        match *write {
            Write::Total(value) => *state.total = value,
            Write::Flag(at, on) => state.flags[at] = on,
            Write::Row(at, key) => {
                let done = state.rows.update(at, |row| *row = Row { key, hits: row.hits + 1 });
                assert!(at < 300 || done.is_err(), "an index out of range is refused");
            }
            Write::Bytes(at, byte) => {
                if state.bytes.set(at, [byte; 300]).is_ok() {
                    assert_eq!(
                        state.bytes.get(at),
                        Some(&[byte; 300]),
                        "a write is read back before the commit"
                    );
                }
            }
        }
    }
}

fn model(model: &mut Model, writes: &[Write]) {
    for write in writes {
        match *write {
            Write::Total(value) => model.total = value,
            Write::Flag(at, on) => model.flags[at] = on,
            Write::Row(at, key) => {
                if let Some(row) = model.rows.get_mut(at) {
                    *row = Row { key, hits: row.hits + 1 };
                }
            }
            Write::Bytes(at, byte) => {
                if let Some(bytes) = model.bytes.get_mut(at) {
                    *bytes = [byte; 300];
                }
            }
        }
    }
}

fn read(book: &Scratch<Book>) -> Model {
    let state = book.state();
    Model {
        total: *state.total,
        flags: *state.flags,
        rows: state.rows.iter().copied().collect(),
        bytes: state.bytes.iter().copied().collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]
    #[test]
    fn commits_discards_and_rollbacks_follow_the_model(steps in proptest::collection::vec(step(), 1..30)) {
        let mut book = Scratch::<Book>::new();
        let mut now = read(&book);
        let mut past = Vec::new();
        let mut marks = Marks::new();
        let mut peak = 0;
        for step in steps {
            match step {
                Step::Commit(writes) => {
                    let before = book.sequence();
                    let done = book.update(|mut s| { carry_out(&mut s, &writes); Ok::<_, ()>(()) });
                    match done {
                        Ok(()) => {
                            let earlier = now.clone();
                            model(&mut now, &writes);
                            if book.sequence() != before {
                                past.push(earlier);
                            }
                        }
                        Err(failure) => prop_assert!(matches!(failure, Failure::OverBudget(_))),
                    }
                }
                Step::Discard(writes) => {
                    let done = book.update(|mut s| { carry_out(&mut s, &writes); Err::<(), _>(7) });
                    prop_assert!(matches!(done, Err(Failure::Task(7) | Failure::OverBudget(_))));
                }
                Step::Rollback(commits) => {
                    let undone = book.rollback(commits);
                    prop_assert!(undone <= commits);
                    for _ in 0..undone {
                        now = past.pop().expect("no more is undone than was committed");
                    }
                    marks.retain(|mark| mark.1 <= past.len());
                }
                Step::Checkpoint(name) => {
                    prop_assert_eq!(book.checkpoint(name), Ok(()));
                    mark(&mut marks, name, past.len());
                    prop_assert_eq!(book.checkpoints().next().map(|newest| newest.commits), Some(0));
                }
                Step::RollBackTo(name) => {
                    let known = book.checkpoints().find(|known| *known.name == *name);
                    let done = book.roll_back_to(name);
                    prop_assert_eq!(done.ok(), known.map(|known| known.commits));
                    if let Ok(undone) = done {
                        let at = marks.iter().find(|mark| mark.0 == name).expect("the model has it").1;
                        prop_assert_eq!(past.len() - at, undone);
                        for _ in 0..undone {
                            now = past.pop().expect("no more is undone than was committed");
                        }
                        marks.retain(|mark| mark.1 <= past.len());
                        prop_assert_eq!(book.roll_back_to(name), Ok(0), "it is there still");
                    }
                }
            }
            peak = peak.max(past.len());
            compare(&book, &marks, past.len(), peak)?;
            prop_assert_eq!(read(&book), now.clone());
        }
    }
}

#[test]
fn a_change_larger_than_the_record_changes_nothing() {
    let mut book = Scratch::<Book>::new();
    let done = book.update(|s| {
        *s.total = 1;
        for at in 0..40_usize {
            // The error is passed over on purpose: the update must fail all the same.
            let _ = s.bytes.set(at, [1; 300]);
        }
        Ok::<_, ()>(())
    });
    assert!(matches!(done, Err(Failure::OverBudget(_))));
    assert_eq!(*book.state().total, 0);
    assert_eq!(book.state().bytes.get(0_u8), Some(&[0; 300]));
}

#[test]
fn rollback_reaches_as_far_as_the_history() {
    let mut book = Scratch::<Book>::new();
    for n in 1..=2000_u64 {
        let set = |s: BookMut<'_>| {
            *s.total = n;
            Ok::<_, ()>(())
        };
        book.update(set).unwrap();
    }
    let undone = book.rollback(usize::MAX) as u64;
    // An entry takes 80 bytes: head, one write of eight bytes, foot.
    assert!((150..=204).contains(&undone), "{undone}");
    assert_eq!(*book.state().total, 2000 - undone);
    assert_eq!(book.rollback(1), 0);
}

#[test]
fn a_checkpoint_is_void_once_the_history_has_dropped_the_way_back() {
    let mut book = Scratch::<Book>::new();
    let set = |book: &mut Scratch<Book>, n: u64| {
        book.update(|s| {
            *s.total = n;
            Ok::<_, ()>(())
        })
        .unwrap();
    };
    set(&mut book, 1);
    book.checkpoint("early").unwrap();
    for n in 2..=100 {
        set(&mut book, n);
    }
    let early = book.checkpoints().next().unwrap();
    assert_eq!((early.name.as_str(), early.sequence, early.commits), ("early", 1, 99));
    for n in 101..=2000 {
        set(&mut book, n);
    }
    assert_eq!(book.checkpoints().count(), 0);
    assert_eq!(book.roll_back_to("early"), Err(perennial::daemon::NoCheckpoint));
    assert_eq!(*book.state().total, 2000, "nothing has changed");
}

#[test]
fn a_rollback_removes_what_it_goes_past_before_the_history_grows_again() {
    let mut book = Scratch::<Book>::new();
    let set = |book: &mut Scratch<Book>, n: u64| {
        book.update(|s| {
            *s.total = n;
            Ok::<_, ()>(())
        })
        .unwrap();
    };
    set(&mut book, 1);
    book.checkpoint("one").unwrap();
    set(&mut book, 2);
    book.checkpoint("two").unwrap();
    assert_eq!(book.rollback(1), 1);
    // As long as the one undone: the history ends again where it did when "two" was taken.
    set(&mut book, 3);
    assert_eq!(book.roll_back_to("two"), Err(perennial::daemon::NoCheckpoint));
    assert_eq!(book.roll_back_to("one"), Ok(1));
    assert_eq!(*book.state().total, 1);
    // The first commit of all has a state before it, which can have a name.
    let mut book = Scratch::<Book>::new();
    book.checkpoint("zero").unwrap();
    set(&mut book, 1);
    assert_eq!(book.roll_back_to("zero"), Ok(1));
    assert_eq!(book.roll_back_to("zero"), Ok(0));
}

#[test]
fn a_long_name_is_refused() {
    let mut book = Scratch::<Book>::new();
    let name = "a name of 21 bytes...";
    assert_eq!(book.checkpoint(name), Err(perennial::daemon::NameTooLong(21)));
    assert_eq!(book.checkpoint(&name[..20]), Ok(()));
}

#[daemon(mem = "128KiB", validate = Scales::check)]
struct Scales {
    left: u64,
    right: Array<u64, 4>,
}

impl Scales {
    fn check(state: &ScalesRef<'_>) -> Result<(), String> {
        let right: u64 = state.right.iter().sum();
        assert_ne!(right, 13, "unlucky");
        if *state.left == right { Ok(()) } else { Err(format!("{} against {right}", state.left)) }
    }
}

#[test]
fn what_does_not_validate_is_not_committed() {
    let mut scales = Scratch::<Scales>::new();
    let mut put = |left: u64, right: u64| {
        scales
            .update(|s| {
                *s.left += left;
                s.right.update(1, |weight| *weight += right).map_err(|_| ())
            })
            .map_err(|failure| said(&failure))
    };
    // It looks at what the change has made of plain fields and of collections alike.
    assert_eq!(put(3, 3), Ok(()));
    assert_eq!(put(1, 0).unwrap_err(), "refused by `validate`: 4 against 3");
    assert_eq!(put(0, 1).unwrap_err(), "refused by `validate`: 3 against 4");
    assert_eq!(put(10, 10).unwrap_err(), "refused by `validate`: `validate` panicked");
    assert_eq!(put(1, 1), Ok(()));
    assert_eq!((*scales.state().left, scales.sequence()), (4, 2));
}

fn said(failure: &Failure<()>) -> String {
    match failure {
        Failure::Invalid(why) => format!("refused by `validate`: {why}"),
        other => format!("{other:?}"),
    }
}
