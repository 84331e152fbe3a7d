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

#[daemon(mem = "1MiB", record = "64KiB")]
struct Odd {
    set: OrderedMap<u64, (), 3>,
    unit: OrderedMap<(), u32, 2>,
    none: OrderedMap<u32, u32, 0>,
    mixed: OrderedMap<char, u128, 2>,
    long: OrderedMap<[u64; 40], bool, 20>,
    short: OrderedMap<u8, [u8; 3], 300>,
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
        for n in 0..20 {
            assert_eq!(s.long.insert([n * 7 % 20; 40], n % 2 == 0)?, None);
        }
        for n in 0..=255_u8 {
            assert_eq!(s.short.insert(n.wrapping_mul(91), [n; 3])?, None);
        }
        Ok::<_, CollectionError>(())
    });
    outcome.unwrap();
    let state = odd.state();
    assert_eq!(
        (state.set.len(), state.unit.get(&()), state.mixed.get(&'a')),
        (1, Some(&2), Some(&(1 << 100)))
    );
    assert!(state.long.is_full() && state.long.keys().map(|key| key[39]).eq(0..20));
    assert_eq!((state.long.get(&[7; 40]), state.long.get(&[20; 40])), (Some(&false), None));
    assert!(state.short.keys().copied().eq(0..=255) && state.short.get(&91) == Some(&[1; 3]));
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

const MANY: usize = 700;

#[daemon(mem = "1MiB", record = "4KiB")]
struct Tall {
    it: OrderedMap<u64, u64, MANY>,
}

/// Keys in every order that shapes a tree: `n` of `count`.
fn key_of(order: u32, n: u64, count: u64) -> u64 {
    match order {
        0 => n,
        1 => count - 1 - n,
        // From both ends to the middle, and back.
        2 if n.is_multiple_of(2) => n / 2,
        2 => count - 1 - n / 2,
        // 353 is a prime.
        3 => n * 353 % count,
        // In blocks, so that whole nodes go while their neighbours stay full.
        _ => n % 7 * (count / 7) + n / 7,
    }
}

/// A map that has room for its keys takes them in any order, after any other order in which they went: nodes that
/// were split, filled up from either side and joined leave none behind.
#[test]
fn no_order_of_keys_uses_up_the_nodes() {
    let (mut tall, mut model) = (Scratch::<Tall>::new(), BTreeMap::new());
    let (count, mut most) = (MANY as u64, 0);
    for round in 0..25 {
        for n in 0..count {
            let key = key_of(round % 5, n, count);
            assert_eq!(tall.update(|s| s.it.insert(key, n)), Ok(model.insert(key, n)), "{round} {n}");
            most = most.max(tall.record_used());
        }
        assert!(tall.state().it.is_full());
        assert_eq!(tall.update(|s| s.it.insert(count, 0)), Err(Failure::Task(InsertError::Full((count, 0)))));
        assert!(tall.state().it.iter().eq(&model) && tall.state().it.iter().rev().eq(model.iter().rev()));
        // All but a few go, so that the next round begins with what was left of the tree.
        for n in 0..count - 4 {
            let key = key_of(round / 5, n, count);
            assert_eq!(
                tall.update(|s| Ok::<_, ()>(s.it.remove(&key))),
                Ok(model.remove(&key)),
                "{round} {n}"
            );
            most = most.max(tall.record_used());
            if n.is_multiple_of(50) {
                assert!(
                    tall.state().it.iter().eq(&model) && tall.state().it.iter().rev().eq(model.iter().rev())
                );
            }
        }
    }
    let largest = <OrderedMap<u64, u64, MANY> as perennial::state::Field>::LARGEST;
    // More than two levels were split or joined at once, and never more than the budget says.
    assert!((1000..=largest).contains(&most), "{most} of {largest} bytes");
}

/// What a damaged transaction may write into the slots of nodes, of 72 bytes, and into the header, of 24.
fn in_circles(links: u32, levels: u32) -> impl FnMut(&mut [u8]) {
    move |payload| match payload.len() {
        72 => payload[16..].as_chunks_mut().0.fill(links.to_le_bytes()),
        24 => payload[4..8].copy_from_slice(&levels.to_le_bytes()),
        _ => {}
    }
}

#[test]
fn nodes_that_lead_in_a_circle_end_every_walk() {
    for (links, levels) in [(0, 12), (1, 12), (2, 5), (3, 2), (700, 4), (0, 1)] {
        let mut tall = Scratch::<Tall>::new();
        tall.update(|s| (0..30).try_for_each(|key| s.it.insert(key, key).map(drop))).unwrap();
        let done = tall.update_damaged(&mut in_circles(links, levels), |s| {
            (30..70).try_for_each(|key| s.it.insert(key, key).map(drop)).map_err(drop)
        });
        assert_eq!(done, Ok(()), "it passes the checks of the field");
        let it = &tall.state().it;
        assert_eq!(it.len(), 70);
        assert!(it.iter().count() <= 70 && it.iter().rev().count() <= 70 && it.range(3..60).count() <= 70);
        let _ = (it.first_key_value(), it.last_key_value(), (0..80).map(|key| it.get(&key).copied()).max());
        for key in 0..80 {
            let done = tall.update(|s| {
                let _ = (s.it.insert(key * 3, 1), s.it.update(&key, |value| *value += 1));
                let _ = (s.it.remove(&(key + 1)), s.it.pop_first(), s.it.pop_last());
                s.it.retain(|key, _| key % 2 == 0)
            });
            assert!(matches!(done, Ok(()) | Err(Failure::OverBudget(_))), "{done:?}");
        }
        assert_eq!(tall.update(|s| s.it.clear()), Ok(()));
        assert_eq!(tall.update(|s| s.it.insert(1, 2)), Ok(None));
        assert!(tall.state().it.iter().eq([(&1, &2)]));
    }
}
