//! How often which duration was measured, in constant space: a tree that measures itself cannot sort.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Buckets of equal width in each octave, so a value is known to a thirty-second of it.
const WIDTH: usize = 32;
/// Of all values of 32 bits.
const BUCKETS: usize = 28 * WIDTH;

/// Counts values; a `static` of it may be filled by a daemon.
#[derive(Debug)]
pub struct Histogram([AtomicU32; BUCKETS]);

impl Histogram {
    /// Nothing counted.
    #[expect(
        clippy::new_without_default,
        reason = "it is made in constants, where `default` cannot be called"
    )]
    pub const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; BUCKETS])
    }

    /// Counts one value.
    pub fn count(&self, value: u32) {
        self.0[bucket(value)].fetch_add(1, Relaxed);
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        for bucket in &self.0 {
            bucket.store(0, Relaxed);
        }
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|bucket| u64::from(bucket.load(Relaxed))).sum()
    }

    /// What so many of a thousand values do not exceed, rounded up to the end of its bucket.
    pub fn quantile(&self, of_thousand: u64) -> u32 {
        let wanted = (self.total() * of_thousand).div_ceil(1000);
        let mut sum = 0;
        for (index, bucket) in self.0.iter().enumerate() {
            sum += u64::from(bucket.load(Relaxed));
            if sum >= wanted {
                return upper(index);
            }
        }
        u32::MAX
    }
}

/// Where a value is counted.
const fn bucket(value: u32) -> usize {
    let shift = (u32::BITS - value.leading_zeros()).saturating_sub(WIDTH.ilog2() + 1);
    shift as usize * WIDTH + (value >> shift) as usize
}

/// The largest value that is counted there.
const fn upper(bucket: usize) -> u32 {
    let shift = (bucket / WIDTH).saturating_sub(1);
    let begin = (bucket - shift * WIDTH) as u64;
    (((begin + 1) << shift) - 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_all_values_in_order() {
        let mut next = 0_u64;
        for index in 0..BUCKETS {
            let last = upper(index);
            assert_eq!((bucket(next as u32), bucket(last)), (index, index), "{next} to {last}");
            assert!(u64::from(last) - next <= next / WIDTH as u64, "{next} to {last} is too wide");
            next = u64::from(last) + 1;
        }
        assert_eq!(next, 1 << 32);
    }

    #[test]
    fn quantiles_are_those_of_a_sorted_list() {
        let histogram = Histogram::new();
        for value in 1..=1000_u32 {
            histogram.count(value * 7);
        }
        for part in [1, 10, 500, 990, 999, 1000] {
            let (exact, found) = (part as u32 * 7, histogram.quantile(part));
            assert!(found >= exact && found - exact <= exact / 32, "{part}: {found} for {exact}");
        }
        histogram.clear();
        assert_eq!(histogram.total(), 0);
    }
}
