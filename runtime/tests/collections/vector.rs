//! `Vector` against `Vec`.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;

#[daemon(mem = "1MiB", record = "2KiB", history = "64KiB")]
struct Line {
    it: Vector<u64, 40>,
}

#[derive(Clone, Debug)]
enum Op {
    Push(u64),
    Extend(Vec<u64>),
    Pop,
    Set(usize, u64),
    Update(usize),
    SwapRemove(usize),
    Truncate(usize),
    Clear,
}

struct AgainstVec;

impl Subject for AgainstVec {
    type It = Vector<u64, 40>;
    type State = Line;
    type Model = Vec<u64>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        prop_oneof![
            6 => any::<u64>().prop_map(Op::Push),
            2 => proptest::collection::vec(any::<u64>(), 0..9).prop_map(Op::Extend),
            2 => Just(Op::Pop),
            2 => (0..50_usize, any::<u64>()).prop_map(|(at, value)| Op::Set(at, value)),
            2 => (0..50_usize).prop_map(Op::Update),
            2 => (0..50_usize).prop_map(Op::SwapRemove),
            1 => (0..50_usize).prop_map(Op::Truncate),
            1 => Just(Op::Clear),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Vec<u64>, op: &Op) -> Result<(), TestCaseError> {
        match *op {
            Op::Push(value) if model.len() == 40 => {
                prop_assert_eq!(it.push(value), Err(InsertError::Full(value)));
            }
            Op::Push(value) => {
                prop_assert_eq!(it.push(value), Ok(()));
                model.push(value);
            }
            Op::Extend(ref values) if model.len() + values.len() > 40 => {
                prop_assert_eq!(it.extend_from_slice(values), Err(CollectionError::Full));
            }
            Op::Extend(ref values) => {
                prop_assert_eq!(it.extend_from_slice(values), Ok(()));
                model.extend_from_slice(values);
            }
            Op::Pop => prop_assert_eq!(it.pop(), model.pop()),
            Op::Set(index, value) => {
                let out = CollectionError::OutOfRange { index, len: model.len() };
                let done = model.get_mut(index).map(|there| *there = value).ok_or(out);
                prop_assert_eq!(it.set(index, value), done);
            }
            Op::Update(index) => {
                let out = CollectionError::OutOfRange { index, len: model.len() };
                let done = model.get_mut(index).map(|there| *there ^= 1).ok_or(out);
                prop_assert_eq!(it.update(index, |there| *there ^= 1), done);
            }
            Op::SwapRemove(index) => {
                let gone = (index < model.len()).then(|| model.swap_remove(index));
                prop_assert_eq!(it.swap_remove(index), gone);
            }
            Op::Truncate(len) => {
                prop_assert_eq!(it.truncate(len), Ok(()));
                model.truncate(len);
            }
            Op::Clear => {
                prop_assert_eq!(it.clear(), Ok(()));
                model.clear();
            }
        }
        prop_assert_eq!((it.is_empty(), it.is_full()), (model.is_empty(), model.len() == 40));
        prop_assert_eq!((it.first(), it.last()), (model.first(), model.last()));
        prop_assert!(it.iter().rev().eq(model.iter().rev()));
        prop_assert_eq!(format!("{it:?}"), format!("{model:?}"));
        Ok(())
    }

    fn read(it: &Self::It) -> Vec<u64> {
        let read: Vec<u64> = it.iter().copied().collect();
        let indexed = (0..it.len()).filter_map(|at| it.get(at).copied());
        if indexed.eq(read.iter().copied()) { read } else { vec![u64::MAX; 99] }
    }
}

subject!(AgainstVec, Line, 120);

#[daemon(mem = "1MiB")]
struct Odd {
    nothing: Vector<[u8; 0], 3>,
    flags: Vector<bool, 5>,
    none: Vector<u32, 0>,
    wide: Vector<u128, 2>,
}

#[test]
fn items_of_any_size_and_alignment_fit() {
    let mut odd = Scratch::<Odd>::new();
    let outcome = odd.update(|s| {
        s.nothing.push([])?;
        s.nothing.push([])?;
        s.flags.push(true)?;
        s.wide.push(1 << 100)?;
        assert_eq!(s.none.push(1), Err(InsertError::Full(1)));
        assert_eq!(s.nothing.pop(), Some([]));
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    let state = odd.state();
    assert_eq!((state.nothing.len(), state.none.len(), state.none.first()), (1, 0, None));
    assert!(state.none.is_empty() && state.none.is_full());
    assert_eq!(format!("{:?} {:?}", state.flags, state.wide), format!("[true] [{}]", 1_u128 << 100));
}
