//! `Histogram` against the values themselves.

use crate::harness::{Subject, subject};
use perennial::prelude::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Sixteen buckets for each power of two.
const BUCKETS: usize = 976;
const PRECISION: u32 = 4;

#[daemon(mem = "1MiB", record = "1KiB", history = "64KiB")]
struct Door {
    it: Histogram<BUCKETS>,
}

/// What was recorded, how often.
#[derive(Clone, Debug, Default)]
struct Model(BTreeMap<u64, u64>);

/// The first value of the bucket in which `value` is.
fn first(value: u64) -> u64 {
    let bits = value.checked_ilog2().unwrap_or(0).saturating_sub(PRECISION);
    value >> bits << bits
}

impl Model {
    fn buckets(&self) -> BTreeMap<u64, u64> {
        let mut buckets = BTreeMap::new();
        for (value, times) in &self.0 {
            *buckets.entry(first(*value)).or_default() += times;
        }
        buckets
    }

    fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The value of which `rank` are not larger.
    fn ranked(&self, rank: u64) -> u64 {
        let mut seen = 0;
        let mut reaches = |times: u64| {
            seen += times;
            seen >= rank
        };
        self.0.iter().find(|(_, times)| reaches(**times)).map_or(0, |(value, _)| *value)
    }
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.buckets() == other.buckets()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Record(u64, u64),
    Reset,
}

struct AgainstValues;

impl Subject for AgainstValues {
    type It = Histogram<BUCKETS>;
    type State = Door;
    type Model = Model;
    type Op = Op;

    fn op() -> BoxedStrategy<Op> {
        // All orders of magnitude alike.
        let value = (any::<u64>(), 0..64_u32).prop_map(|(value, shift)| value >> shift);
        prop_oneof![
            9 => (value, 0..5_u64).prop_map(|(value, times)| Op::Record(value, times)),
            1 => Just(Op::Reset),
        ]
        .boxed()
    }

    fn carry_out(it: &mut Self::It, model: &mut Model, op: &Op) -> Result<(), TestCaseError> {
        match *op {
            Op::Record(value, times) => {
                let done = if times == 1 { it.record(value) } else { it.record_many(value, times) };
                prop_assert_eq!(done, Ok(()));
                if times != 0 {
                    *model.0.entry(value).or_default() += times;
                }
            }
            Op::Reset => {
                prop_assert_eq!(it.reset(), Ok(()));
                model.0.clear();
            }
        }
        let count = model.count();
        let sum: u128 = model.0.iter().map(|(value, times)| u128::from(*value) * u128::from(*times)).sum();
        prop_assert_eq!((it.count(), it.is_empty(), it.sum()), (count, count == 0, sum));
        prop_assert_eq!(it.min(), model.0.keys().next().copied());
        prop_assert_eq!(it.max(), model.0.keys().next_back().copied());
        prop_assert_eq!(it.mean(), (count != 0).then(|| sum as f64 / count as f64));
        for q in [0.0, 0.25, 0.5, 0.9, 1.0, f64::NAN] {
            let Some(said) = it.quantile(q) else {
                prop_assert_eq!(count, 0);
                continue;
            };
            let exact = model.ranked(((q * count as f64).ceil() as u64).max(1));
            let most = exact.saturating_add(exact >> PRECISION);
            prop_assert!((exact..=most).contains(&said), "{} for {} at {}", said, exact, q);
        }
        // Printing must not fail, whatever there is.
        let shown = format!("{it:?}");
        prop_assert!(shown.starts_with("Histogram") && shown.contains(&count.to_string()), "{shown}");
        Ok(())
    }

    fn read(it: &Self::It) -> Model {
        Model(it.iter().map(|(values, times)| (*values.start(), times)).collect())
    }
}

subject!(AgainstValues, Door, 40);

#[daemon(mem = "1MiB")]
struct Doors {
    fine: Histogram<7424>,
    coarse: Histogram<976>,
    powers: Histogram<65>,
}

#[test]
fn histograms_of_different_precision_merge() {
    let mut doors = Scratch::<Doors>::new();
    let values = [0, 1, 2, 3, 1000, 1001, 5000, 70_000, u64::MAX];
    let outcome = doors.update(|s| {
        for value in values {
            s.fine.record(value)?;
        }
        s.coarse.record(5)?;
        s.coarse.merge(s.fine)?;
        s.powers.merge(s.coarse)
    });
    outcome.unwrap();
    let state = doors.state();
    let sum = values.iter().map(|value| u128::from(*value)).sum::<u128>() + 5;
    assert_eq!((state.coarse.count(), state.coarse.sum(), state.powers.sum()), (10, sum, sum));
    assert_eq!((state.powers.min(), state.powers.max()), (Some(0), Some(u64::MAX)));
    assert_eq!(state.coarse.quantile(0.6), Some(1023), "the end of the bucket of 1000");
    assert_eq!(state.powers.quantile(0.6), Some(1023));
    assert_eq!(state.powers.iter().map(|(_, count)| count).sum::<u64>(), 10);
    let errors = [state.fine.relative_error(), state.coarse.relative_error(), state.powers.relative_error()];
    assert_eq!(errors.map(|error| (1.0 / error).to_string()), ["128", "16", "1"]);
}
