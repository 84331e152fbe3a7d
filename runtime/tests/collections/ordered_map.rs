//! `OrderedMap` against `BTreeMap`.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;

const ROOM: usize = 60;

#[daemon(mem = "1MiB", record = "6KiB", history = "128KiB")]
struct Shelf {
    it: OrderedMap<i16, u64, ROOM>,
}

#[derive(Clone, Debug)]
enum Op {
    Insert(i16, u64),
    Ascending(i16),
    Update(i16),
    UpdateOrInsert(i16),
    Remove(i16),
    PopFirst,
    PopLast,
    Retain(i16),
    Range(Bound<i16>, Bound<i16>, Vec<bool>),
    Clear,
}

struct AgainstBTreeMap;

fn bound() -> impl Strategy<Value = Bound<i16>> {
    let key = -55..55_i16;
    prop_oneof![Just(Bound::Unbounded), key.clone().prop_map(Bound::Included), key.prop_map(Bound::Excluded)]
}

/// The range as a list; std's panics where ours is empty.
fn slice(model: &BTreeMap<i16, u64>, from: Bound<i16>, to: Bound<i16>) -> Vec<(i16, u64)> {
    use std::ops::RangeBounds;
    model.iter().filter(|(key, _)| (from, to).contains(*key)).map(|(key, value)| (*key, *value)).collect()
}

impl Subject for AgainstBTreeMap {
    type It = OrderedMap<i16, u64, ROOM>;
    type State = Shelf;
    type Model = BTreeMap<i16, u64>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        let key = || -50..50_i16;
        prop_oneof![
            8 => (key(), any::<u64>()).prop_map(|(key, value)| Op::Insert(key, value)),
            2 => key().prop_map(Op::Ascending),
            2 => key().prop_map(Op::Update),
            3 => key().prop_map(Op::UpdateOrInsert),
            7 => key().prop_map(Op::Remove),
            1 => Just(Op::PopFirst),
            1 => Just(Op::PopLast),
            1 => (2..9_i16).prop_map(Op::Retain),
            3 => (bound(), bound(), proptest::collection::vec(any::<bool>(), 0..50))
                .prop_map(|(from, to, sides)| Op::Range(from, to, sides)),
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
            Op::Ascending(from) => {
                let room = ROOM - model.len();
                for key in (from..from + 12).take(room) {
                    prop_assert_eq!(it.insert(key, 1), Ok(model.insert(key, 1)));
                }
            }
            Op::Update(key) => {
                let expected = model.get_mut(&key).map(|value| std::mem::replace(value, !*value));
                let done = it.update(&key, |value| std::mem::replace(value, !*value));
                prop_assert_eq!(done, Ok(expected));
            }
            Op::UpdateOrInsert(key) if model.len() == ROOM && !model.contains_key(&key) => {
                let done = it.update_or_insert(key, 9, |_| ());
                prop_assert_eq!(done, Err(InsertError::Full((key, 9))));
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
            Op::PopFirst => prop_assert_eq!(it.pop_first(), model.pop_first()),
            Op::PopLast => prop_assert_eq!(it.pop_last(), model.pop_last()),
            Op::Retain(divisor) => {
                let keep = |key: &i16, value: &mut u64| {
                    *value &= !1;
                    key % divisor != 0
                };
                prop_assert_eq!(it.retain(keep), Ok(()));
                model.retain(keep);
            }
            Op::Range(from, to, ref sides) => {
                let expected = slice(model, from, to);
                let (mut range, mut rest) = (it.range((from, to)), expected.iter());
                for from_front in sides {
                    let (got, wanted) = if *from_front {
                        (range.next(), rest.next())
                    } else {
                        (range.next_back(), rest.next_back())
                    };
                    prop_assert_eq!(got.map(|(key, value)| (*key, *value)), wanted.copied());
                }
                prop_assert!(range.map(|(key, value)| (*key, *value)).eq(rest.copied()));
            }
            Op::Clear => {
                prop_assert_eq!(format!("{it:?}"), format!("{model:?}"));
                prop_assert_eq!(it.clear(), Ok(()));
                model.clear();
            }
        }
        prop_assert_eq!((it.is_empty(), it.is_full()), (model.is_empty(), model.len() == ROOM));
        prop_assert_eq!(
            (it.first_key_value(), it.last_key_value()),
            (model.first_key_value(), model.last_key_value())
        );
        prop_assert!(it.iter().rev().eq(model.iter().rev()));
        Ok(())
    }

    fn read(it: &Self::It) -> Self::Model {
        let read: BTreeMap<i16, u64> = it.iter().map(|(key, value)| (*key, *value)).collect();
        let found = (-50..62).filter_map(|key| it.get(&key).map(|value| (key, *value)));
        let same = found.collect::<BTreeMap<_, _>>() == read && it.len() == it.keys().count();
        if same { read } else { BTreeMap::from([(i16::MAX, 0)]) }
    }
}

subject!(AgainstBTreeMap, Shelf, 40);

#[daemon(mem = "1MiB")]
struct Odd {
    set: OrderedMap<u64, (), 3>,
    unit: OrderedMap<(), u32, 2>,
    none: OrderedMap<u32, u32, 0>,
    mixed: OrderedMap<char, u128, 2>,
}

#[test]
fn keys_and_values_of_any_size_and_alignment_fit() {
    let mut odd = Scratch::<Odd>::new();
    let outcome = odd.update(|s| {
        assert_eq!((s.set.insert(7, ())?, s.set.insert(7, ())?), (None, Some(())));
        assert_eq!((s.unit.insert((), 1)?, s.unit.insert((), 2)?), (None, Some(1)));
        assert_eq!(s.none.insert(1, 1), Err(InsertError::Full((1, 1))));
        assert_eq!((s.none.remove(&1), s.none.get(&0)), (None, None));
        assert_eq!(s.mixed.insert('a', 1 << 100)?, None);
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    let state = odd.state();
    assert_eq!(
        (state.set.len(), state.unit.get(&()), state.mixed.get(&'a')),
        (1, Some(&2), Some(&(1 << 100)))
    );
    assert!(state.none.is_empty() && state.none.is_full() && state.none.iter().next().is_none());
    assert_eq!(format!("{:?} {:?}", state.set, state.unit), "{7: ()} {(): 2}");
}

#[daemon(mem = "1GiB", record = "4KiB")]
struct Wide {
    it: OrderedMap<u32, u32, 4_000_000>,
}

#[test]
fn a_change_fits_a_small_record_however_large_the_map() {
    let mut wide = Scratch::<Wide>::new();
    // Ascending keys turn the most, and without that they would make a list; a prime visits them in another order.
    for key in 0..20_000 {
        wide.update(|s| s.it.insert(key, !key)).unwrap();
    }
    for n in 0..15_000_u32 {
        let key = n * 7919 % 20_000;
        assert_eq!(wide.update(|s| Ok::<_, ()>(s.it.remove(&key))), Ok(Some(!key)));
    }
    assert!(wide.state().it.keys().is_sorted());
    assert_eq!((wide.state().it.len(), wide.state().it.iter().count()), (5_000, 5_000));
}
