//! `Buffer` against `Vec<u8>`.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::io::Write;
use std::ops::Range;

/// Three whole grains and a part of one.
const ROOM: usize = 1000;

#[daemon(mem = "1MiB", record = "8KiB", history = "64KiB")]
struct Film {
    it: Buffer<ROOM>,
}

#[derive(Clone, Debug)]
enum Op {
    Write(usize, Vec<u8>),
    Extend(Vec<u8>),
    /// Fills with the byte, but only so many.
    Fill(Range<usize>, u8, usize),
    Read(Range<usize>),
    Truncate(usize),
    Clear,
}

struct AgainstVec;

fn range() -> impl Strategy<Value = Range<usize>> {
    (0..1100_usize, prop_oneof![0..40_usize, 0..1100_usize]).prop_map(|(start, len)| start..start + len)
}

/// Replaces what is at `at` and adds what goes beyond the end.
fn put(model: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let inside = bytes.len().min(model.len() - at);
    model[at..at + inside].copy_from_slice(&bytes[..inside]);
    model.extend_from_slice(&bytes[inside..]);
}

/// What a change of this range must answer.
fn expected(model: &[u8], range: &Range<usize>) -> Result<(), CollectionError> {
    match range {
        range if range.start > model.len() => {
            Err(CollectionError::OutOfRange { index: range.start, len: model.len() })
        }
        range if range.end > ROOM => Err(CollectionError::Full),
        _ => Ok(()),
    }
}

impl Subject for AgainstVec {
    type It = Buffer<ROOM>;
    type State = Film;
    type Model = Vec<u8>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        let bytes = || {
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..20),
                proptest::collection::vec(any::<u8>(), 0..700),
            ]
        };
        prop_oneof![
            4 => (0..1100_usize, bytes()).prop_map(|(at, bytes)| Op::Write(at, bytes)),
            2 => bytes().prop_map(Op::Extend),
            4 => (range(), any::<u8>(), 0..2000_usize).prop_map(|(range, byte, most)| Op::Fill(range, byte, most)),
            2 => range().prop_map(Op::Read),
            1 => (0..1100_usize).prop_map(Op::Truncate),
            1 => Just(Op::Clear),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Vec<u8>, op: &Op) -> Result<(), TestCaseError> {
        match op {
            Op::Write(at, bytes) => {
                let wanted = expected(model, &(*at..at + bytes.len()));
                if wanted.is_ok() {
                    put(model, *at, bytes);
                }
                prop_assert_eq!(it.write(*at, bytes), wanted);
            }
            Op::Extend(bytes) => {
                let len = bytes.len().min(ROOM - model.len());
                model.extend_from_slice(&bytes[..len]);
                prop_assert_eq!(Write::write(it, bytes).ok(), Some(len));
            }
            Op::Fill(range, byte, most) => {
                let wanted = expected(model, range).map(|()| range.len().min(*most));
                let done = it.fill(range.clone(), |room| {
                    // More than counts.
                    room.fill(*byte);
                    *most
                });
                if let Ok(len) = wanted {
                    put(model, range.start, &vec![*byte; len]);
                }
                prop_assert_eq!(done, wanted);
            }
            Op::Read(range) => {
                let mut copy = vec![0; range.len()];
                let wanted = model.get(range.clone());
                prop_assert_eq!(it.read(range.start, &mut copy).is_ok(), wanted.is_some());
                let pieces: Option<Vec<u8>> =
                    it.get(range.clone()).map(|pieces| pieces.flatten().copied().collect());
                prop_assert_eq!(pieces.as_deref(), wanted);
                prop_assert_eq!(wanted.unwrap_or(&copy), &copy);
            }
            Op::Truncate(len) => {
                prop_assert_eq!(it.truncate(*len), Ok(()));
                model.truncate(*len);
            }
            Op::Clear => {
                prop_assert_eq!(it.clear(), Ok(()));
                model.clear();
            }
        }
        prop_assert_eq!((it.is_empty(), it.is_full()), (model.is_empty(), model.len() == ROOM));
        Ok(())
    }

    fn read(it: &Self::It) -> Vec<u8> {
        let read: Vec<u8> = it.iter().collect();
        if read.len() == it.len() { read } else { vec![0; ROOM + 1] }
    }
}

subject!(AgainstVec, Film, 250);

#[daemon(mem = "1GiB", record = "96KiB")]
struct Wide {
    it: Buffer<500_000_000>,
    other: Buffer<5000>,
    count: Vector<u64, 100>,
    none: Buffer<0>,
}

#[test]
fn what_is_committed_lies_together_and_a_change_costs_what_it_changes() {
    let mut wide = Scratch::<Wide>::new();
    let grow = |s: WideMut<'_>| s.it.fill(0..80_000, |room| room.len());
    assert_eq!(wide.update(grow), Ok(80_000));
    assert_eq!(wide.record_used(), 16 + 48 + 80_128 + 32, "head, padding, 313 grains, the length");
    wide.update(|s| s.it.write(70_000, b"once")).unwrap();
    assert_eq!(wide.record_used(), 16 + 48 + 256, "one grain");
    let committed = wide.state().it.get(69_999..70_005).unwrap();
    assert_eq!(&committed.contiguous().expect("it lies together")[1..5], b"once");
    assert_eq!(committed.bytes_left(), 6);
}

#[test]
fn what_is_not_filled_costs_nothing() {
    let mut wide = Scratch::<Wide>::new();
    wide.update(|s| s.it.extend_from_slice(b"as before")).unwrap();
    let before = wide.sequence();
    assert_eq!(wide.update(|s| s.it.fill(2..50_000, |_| 0)), Ok(0));
    assert_eq!(wide.sequence(), before, "nothing was written");
    assert_eq!(
        wide.update(|s| s.it.fill(9..50_000, |room| {
            room[..300].fill(1);
            300
        })),
        Ok(300)
    );
    assert_eq!(wide.record_used(), 16 + 48 + 2 * 256 + 32, "two grains and the length");
}

#[daemon(mem = "256KiB")]
struct Narrow {
    it: Buffer<256>,
    count: Vector<u64, 100>,
}

#[test]
fn what_is_written_elsewhere_during_a_fill_is_found_whatever_came_before() {
    for before in 0..20 {
        for meanwhile in 1..4 {
            let mut narrow = Scratch::<Narrow>::new();
            let all: Vec<u64> = (0..=before + meanwhile).collect();
            narrow
                .update(|s| {
                    (0..before).try_for_each(|at| s.count.push(at)).unwrap();
                    s.it.fill(0..256, |room| {
                        (before..before + meanwhile).try_for_each(|at| s.count.push(at)).unwrap();
                        room.len()
                    })?;
                    assert!(
                        s.count.iter().copied().eq(0..before + meanwhile),
                        "{before} before, {meanwhile} meanwhile"
                    );
                    s.count.push(before + meanwhile).unwrap();
                    Ok::<_, CollectionError>(())
                })
                .unwrap();
            assert!(narrow.state().count.iter().eq(&all), "{before} before, {meanwhile} meanwhile");
        }
    }
}

#[test]
fn a_fill_may_write_elsewhere_meanwhile_and_its_panic_changes_nothing() {
    let mut wide = Scratch::<Wide>::new();
    wide.update(|s| s.it.extend_from_slice(&[7; 600])).unwrap();
    let outcome = wide.update(|s| {
        // As many writes as make the log go over to its index, while two extents are open.
        let count = &mut *s.count;
        let mut push = |n: u64| (0..n).try_for_each(|at| count.push(at)).unwrap();
        push(10);
        let filled = s.it.fill(100..1000, |room| {
            room[..200].fill(9);
            let inner = s.other.fill(0..900, |other| {
                other.fill(5);
                push(10);
                300
            });
            assert_eq!(inner, Ok(300));
            200
        })?;
        assert_eq!(filled, 200);
        let panicking = std::panic::AssertUnwindSafe(|| {
            s.it.fill(50..90, |room| {
                room.fill(1);
                std::panic::resume_unwind(Box::new(()))
            })
        });
        assert!(std::panic::catch_unwind(panicking).is_err());
        s.it.fill(400..600, |room| {
            room.fill(1);
            push(1);
            0
        })?;
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    let state = wide.state();
    let wanted: Vec<u8> = [vec![7; 100], vec![9; 200], vec![7; 300]].concat();
    assert!(state.it.iter().eq(wanted));
    assert_eq!((state.other.iter().collect::<Vec<_>>(), state.count.len()), (vec![5; 300], 21));
    assert_eq!((state.none.len(), state.none.is_full()), (0, true));
    assert_eq!(format!("{:?}", state.none), "Buffer { len: 0, first: [], .. }");
}
