//! `Queue` against `VecDeque`.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::VecDeque;

const ROOM: usize = 7;

#[daemon(mem = "1MiB", record = "1KiB", history = "64KiB")]
struct Line {
    it: Queue<[u16; 3], ROOM>,
}

#[derive(Clone, Debug)]
enum Op {
    PushBack(u16),
    PushFront(u16),
    PopFront,
    PopBack,
    Set(usize, u16),
    Update(usize),
    Clear,
}

struct AgainstVecDeque;

impl Subject for AgainstVecDeque {
    type It = Queue<[u16; 3], ROOM>;
    type State = Line;
    type Model = VecDeque<[u16; 3]>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        prop_oneof![
            6 => any::<u16>().prop_map(Op::PushBack),
            2 => any::<u16>().prop_map(Op::PushFront),
            4 => Just(Op::PopFront),
            2 => Just(Op::PopBack),
            2 => (0..9_usize, any::<u16>()).prop_map(|(at, value)| Op::Set(at, value)),
            2 => (0..9_usize).prop_map(Op::Update),
            1 => Just(Op::Clear),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Self::Model, op: &Op) -> Result<(), TestCaseError> {
        let full = model.len() == ROOM;
        match *op {
            Op::PushBack(value) => {
                let refused = if full { Err(InsertError::Full([value; 3])) } else { Ok(()) };
                prop_assert_eq!(it.push_back([value; 3]), refused);
                if !full {
                    model.push_back([value; 3]);
                }
            }
            Op::PushFront(value) => {
                let refused = if full { Err(InsertError::Full([value; 3])) } else { Ok(()) };
                prop_assert_eq!(it.push_front([value; 3]), refused);
                if !full {
                    model.push_front([value; 3]);
                }
            }
            Op::PopFront => prop_assert_eq!(it.pop_front(), model.pop_front()),
            Op::PopBack => prop_assert_eq!(it.pop_back(), model.pop_back()),
            Op::Set(index, value) => {
                let out = CollectionError::OutOfRange { index, len: model.len() };
                let done = model.get_mut(index).map(|there| *there = [value; 3]).ok_or(out);
                prop_assert_eq!(it.set(index, [value; 3]), done);
            }
            Op::Update(index) => {
                let out = CollectionError::OutOfRange { index, len: model.len() };
                let done = model.get_mut(index).map(|there| there[1] ^= 1).ok_or(out);
                prop_assert_eq!(it.update(index, |there| there[1] ^= 1), done);
            }
            Op::Clear => {
                prop_assert_eq!(it.clear(), Ok(()));
                model.clear();
            }
        }
        prop_assert_eq!((it.is_empty(), it.is_full()), (model.is_empty(), model.len() == ROOM));
        prop_assert_eq!((it.front(), it.back()), (model.front(), model.back()));
        prop_assert!(it.iter().rev().eq(model.iter().rev()));
        prop_assert_eq!(format!("{it:?}"), format!("{model:?}"));
        Ok(())
    }

    fn read(it: &Self::It) -> Self::Model {
        let read: VecDeque<_> = it.iter().copied().collect();
        let indexed = (0..it.len()).filter_map(|at| it.get(at).copied());
        if indexed.eq(read.iter().copied()) { read } else { VecDeque::from([[u16::MAX; 3]; 9]) }
    }
}

subject!(AgainstVecDeque, Line, 200);

#[daemon(mem = "1MiB")]
struct Odd {
    none: Queue<u32, 0>,
    one: Queue<[u8; 0], 1>,
}

#[test]
fn small_queues_work_too() {
    let mut odd = Scratch::<Odd>::new();
    for _ in 0..3 {
        let outcome = odd.update(|s| {
            assert_eq!(s.none.push_back(1), Err(InsertError::Full(1)));
            assert_eq!(s.none.push_front(1), Err(InsertError::Full(1)));
            assert_eq!((s.none.pop_front(), s.none.pop_back()), (None, None));
            s.one.push_front([])?;
            assert_eq!(s.one.push_back([]), Err(InsertError::Full([])));
            assert_eq!(s.one.pop_back(), Some([]));
            Ok::<_, CollectionError>(())
        });
        outcome.unwrap();
    }
    assert_eq!(format!("{:?} {:?}", odd.state().none, odd.state().one), "[] []");
}
