//! `Bitmap` against an ordered set.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Three levels, with something left over on each.
const BITS: usize = 4200;

#[daemon(mem = "1MiB", record = "8KiB", history = "256KiB")]
struct Map {
    it: Bitmap<BITS, { bitmap_words(BITS) }>,
}

#[derive(Clone, Debug)]
enum Op {
    Set(usize),
    Clear(usize),
    Toggle(usize),
    SetFirstClear,
    /// Sets or clears many in a row.
    Run(usize, usize, bool),
    ClearAll,
}

struct AgainstSet;

impl Subject for AgainstSet {
    type It = Bitmap<BITS, { bitmap_words(BITS) }>;
    type State = Map;
    type Model = BTreeSet<usize>;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        // Around the borders of words too, and beyond the end.
        let index = || prop_oneof![0..BITS + 9, (0..BITS / 64).prop_map(|word| word * 64)];
        prop_oneof![
            4 => index().prop_map(Op::Set),
            4 => index().prop_map(Op::Clear),
            4 => index().prop_map(Op::Toggle),
            4 => Just(Op::SetFirstClear),
            2 => (index(), 0..300_usize, any::<bool>()).prop_map(|(at, len, on)| Op::Run(at, len, on)),
            1 => any::<bool>().prop_map(|on| Op::Run(0, BITS, on)),
            1 => Just(Op::ClearAll),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut BTreeSet<usize>, op: &Op) -> Result<(), TestCaseError> {
        let mut around = 0;
        match *op {
            Op::Set(index) | Op::Clear(index) | Op::Toggle(index) if index >= BITS => {
                let done = match op {
                    Op::Set(_) => it.set(index),
                    Op::Clear(_) => it.clear(index),
                    _ => it.toggle(index),
                };
                prop_assert_eq!(done, Err(CollectionError::OutOfRange { index, len: BITS }));
                prop_assert_eq!(it.get(index), None);
                around = index;
            }
            Op::Set(index) => {
                prop_assert_eq!(it.set(index), Ok(!model.insert(index)));
                around = index;
            }
            Op::Clear(index) => {
                prop_assert_eq!(it.clear(index), Ok(model.remove(&index)));
                around = index;
            }
            Op::Toggle(index) => {
                let was = model.remove(&index) || !model.insert(index);
                prop_assert_eq!(it.toggle(index), Ok(was));
                around = index;
            }
            Op::SetFirstClear => {
                let clear = (0..BITS).find(|at| !model.contains(at)).ok_or(CollectionError::Full);
                prop_assert_eq!(it.set_first_clear(), clear);
                model.extend(clear.ok());
            }
            Op::Run(start, len, on) => {
                for index in start..(start + len).min(BITS) {
                    let was = if on { !model.insert(index) } else { model.remove(&index) };
                    prop_assert_eq!(if on { it.set(index) } else { it.clear(index) }, Ok(was));
                }
                around = start + len;
            }
            Op::ClearAll => {
                prop_assert_eq!(it.clear_all(), Ok(()));
                model.clear();
            }
        }
        let ones = model.len();
        prop_assert_eq!((it.count_ones(), it.count_zeros()), (ones, BITS - ones));
        prop_assert_eq!((it.is_empty(), it.is_full()), (ones == 0, ones == BITS));
        let clear_from = |from: usize| (from..BITS).find(|at| !model.contains(at));
        prop_assert_eq!((it.first_set(), it.first_clear()), (model.first().copied(), clear_from(0)));
        for from in [around.saturating_sub(70), around, around + 1, around + 64] {
            prop_assert_eq!(it.next_set(from), model.range(from..).next().copied());
            prop_assert_eq!(it.next_clear(from), clear_from(from));
            prop_assert_eq!(it.get(from), (from < BITS).then(|| model.contains(&from)));
        }
        Ok(())
    }

    fn read(it: &Self::It) -> BTreeSet<usize> {
        it.iter_ones().collect()
    }
}

subject!(AgainstSet, Map, 16);

#[daemon(mem = "1MiB")]
struct Odd {
    none: Bitmap<0, { bitmap_words(0) }>,
    word: Bitmap<64, { bitmap_words(64) }>,
    more: Bitmap<4097, { bitmap_words(4097) }>,
}

#[test]
fn the_borders_of_levels_are_right() {
    assert_eq!([0, 1, 64, 65, 4096, 4097].map(bitmap_words), [0, 1, 1, 2 + 2, 64 + 2, 65 + 2 * 3]);
    let mut odd = Scratch::<Odd>::new();
    let outcome = odd.update(|s| {
        assert_eq!((s.none.first_clear(), s.none.first_set(), s.none.is_full()), (None, None, true));
        assert_eq!(s.none.set_first_clear(), Err(CollectionError::Full));
        for index in 0..64 {
            assert_eq!(s.word.set_first_clear(), Ok(index));
        }
        assert!(s.word.is_full() && s.word.first_clear().is_none());
        s.more.set(4096)?;
        assert_eq!((s.more.first_set(), s.more.next_clear(4096)), (Some(4096), None));
        s.more.clear_all()
    });
    outcome.unwrap();
    assert_eq!((odd.state().more.first_set(), odd.state().more.len()), (None, 0));
    assert_eq!(format!("{:?} {:?}", odd.state().more, odd.state().none), "{} {}");
}
