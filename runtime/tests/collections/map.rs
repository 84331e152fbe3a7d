//! `Map` against `HashMap`.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::HashMap;

const ROOM: usize = 24;

#[daemon(mem = "1MiB", record = "4KiB", history = "64KiB")]
struct Table {
    it: Map<u16, u64, ROOM>,
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u64),
    Update(u16),
    UpdateOrInsert(u16),
    Remove(u16),
    Retain(u16),
    Clear,
}

struct AgainstHashMap;

impl Subject for AgainstHashMap {
    type It = Map<u16, u64, ROOM>;
    type State = Table;
    type Model = HashMap<u16, u64>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        let key = || 0..40_u16;
        prop_oneof![
            8 => (key(), any::<u64>()).prop_map(|(key, value)| Op::Insert(key, value)),
            2 => key().prop_map(Op::Update),
            3 => key().prop_map(Op::UpdateOrInsert),
            5 => key().prop_map(Op::Remove),
            1 => (2..5_u16).prop_map(Op::Retain),
            1 => Just(Op::Clear),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Self::Model, op: &Op) -> Result<(), TestCaseError> {
        match *op {
            Op::Insert(key, value) if model.len() == ROOM && !model.contains_key(&key) => {
                prop_assert_eq!(it.insert(key, value), Err(InsertError::Full((key, value))));
            }
            Op::Insert(key, value) => prop_assert_eq!(it.insert(key, value), Ok(model.insert(key, value))),
            Op::Update(key) => {
                let expected = model.get_mut(&key).map(|value| std::mem::replace(value, !*value));
                let done = it.update(&key, |value| std::mem::replace(value, !*value));
                prop_assert_eq!(done, Ok(expected));
            }
            Op::UpdateOrInsert(key) if model.len() == ROOM && !model.contains_key(&key) => {
                let done = it.update_or_insert(key, 9, |_| unreachable!("there is no room"));
                prop_assert_eq!(done, Err::<(), _>(InsertError::Full((key, 9))));
            }
            Op::UpdateOrInsert(key) => {
                let value = model.entry(key).or_insert(9);
                *value = value.wrapping_mul(3);
                let done = it.update_or_insert(key, 9, |value| {
                    *value = value.wrapping_mul(3);
                    *value
                });
                prop_assert_eq!(done, Ok(*value));
            }
            Op::Remove(key) => prop_assert_eq!(it.remove(&key), model.remove(&key)),
            Op::Retain(divisor) => {
                let keep = |key: &u16, value: &mut u64| {
                    *value &= !1;
                    !key.is_multiple_of(divisor)
                };
                prop_assert_eq!(it.retain(keep), Ok(()));
                model.retain(keep);
            }
            Op::Clear => {
                prop_assert_eq!(it.clear(), Ok(()));
                model.clear();
            }
        }
        prop_assert_eq!((it.is_empty(), it.is_full()), (model.is_empty(), model.len() == ROOM));
        prop_assert!(it.iter().rev().count() == model.len());
        Ok(())
    }

    fn read(it: &Self::It) -> Self::Model {
        let read: HashMap<u16, u64> = it.iter().map(|(key, value)| (*key, *value)).collect();
        let found = (0..40).filter_map(|key| it.get(&key).map(|value| (key, *value)));
        let same = found.collect::<HashMap<_, _>>() == read && it.len() == it.keys().count();
        if same { read } else { HashMap::from([(u16::MAX, 0)]) }
    }
}

subject!(AgainstHashMap, Table, 60);

#[daemon(mem = "1MiB")]
struct Odd {
    set: Map<u64, (), 3>,
    unit: Map<(), u32, 2>,
    none: Map<u32, u32, 0>,
    mixed: Map<Text<3>, u128, 2>,
}

#[test]
fn keys_and_values_of_any_size_and_alignment_fit() {
    let key: Text<3> = Text::truncated("abc");
    let mut odd = Scratch::<Odd>::new();
    let outcome = odd.update(|s| {
        assert_eq!((s.set.insert(7, ())?, s.set.insert(7, ())?), (None, Some(())));
        assert_eq!((s.unit.insert((), 1)?, s.unit.insert((), 2)?), (None, Some(1)));
        assert_eq!(s.none.insert(1, 1), Err(InsertError::Full((1, 1))));
        assert_eq!((s.none.remove(&1), s.none.get(&0)), (None, None));
        assert_eq!(s.mixed.insert(key, 1 << 100)?, None);
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    let state = odd.state();
    assert_eq!(
        (state.set.len(), state.unit.get(&()), state.mixed.get(&key)),
        (1, Some(&2), Some(&(1 << 100)))
    );
    assert!(state.none.is_empty() && state.none.is_full());
    assert_eq!(format!("{:?} {:?}", state.set, state.unit), "{7: ()} {(): 2}");
}

#[daemon(mem = "1GiB", record = "1KiB")]
struct Wide {
    it: Map<u64, u64, 4_000_000>,
}

#[test]
fn a_change_of_one_row_fits_a_small_record_however_large_the_map() {
    let mut wide = Scratch::<Wide>::new();
    for key in 0..10_000 {
        wide.update(|s| s.it.insert(key, !key)).unwrap();
    }
    for key in (0..10_000).step_by(3) {
        assert_eq!(wide.update(|s| Ok::<_, ()>(s.it.remove(&key))), Ok(Some(!key)));
    }
    let it = wide.state().it;
    assert!((0..10_000).all(|key| it.get(&key).copied() == (key % 3 != 0).then_some(!key)));
    wide.update(|s| s.it.clear()).unwrap();
    assert!(wide.state().it.iter().next().is_none() && wide.state().it.get(&1).is_none());
}
