//! A daemon's state against a plain model: random writes, commits, discards and rollbacks.

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
                }
            }
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
