//! [`Histogram`]: how values are distributed, to a fixed relative precision.

use super::CollectionError;
use super::cells::{Cells, Headed, handle};
use crate::state::Field;
use core::marker::PhantomData;
use core::ops::RangeInclusive;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Counts of all 64-bit values in buckets whose width grows with the value: a log-linear histogram, as
/// `HdrHistogram` is. What it says of a value is too large by at most the part of it that the table shows.
///
/// | `BUCKETS` from | 65 | 976 | 1920 | 3776 | 7424 | 14592 |
/// |---|---|---|---|---|---|---|
/// | error up to | 100 % | 6.3 % | 3.2 % | 1.6 % | 0.8 % | 0.4 % |
///
/// ```
/// use perennial::prelude::*;
/// #[daemon(mem = "1MiB")]
/// struct Door { microseconds: Histogram<1920> }
///
/// let mut door = Scratch::<Door>::new();
/// door.update(|s| {
///     for took in 1..=1000 {
///         s.microseconds.record(took)?;
///     }
///     Ok::<_, CollectionError>(())
/// }).unwrap();
/// let took = door.state().microseconds;
/// assert_eq!((took.count(), took.min(), took.max(), took.mean()), (1000, Some(1), Some(1000), Some(500.5)));
/// let p99 = took.quantile(0.99).unwrap();
/// assert!((990..990 + 990 / 32).contains(&p99));
/// ```
#[repr(C)]
pub struct Histogram<const BUCKETS: usize, Tail: ?Sized = [()]> {
    cells: Cells,
    of: PhantomData<()>,
    tail: Tail,
}

/// What a histogram keeps besides its buckets.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    sum: u128,
    count: u64,
    min: u64,
    max: u64,
    /// Counts resets: a bucket of another period is empty. So a reset is one write.
    period: u64,
}

/// How many values of one range there were.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Bucket {
    count: u64,
    period: u64,
}

type Image<const BUCKETS: usize> = Headed<Header, Bucket, BUCKETS>;

/// Buckets of equal width for each power of two are 2 to this power.
const fn precision(buckets: usize) -> u32 {
    let mut precision = 0;
    while precision < 32 && (64 - precision as usize) << (precision + 1) <= buckets {
        precision += 1;
    }
    precision
}

impl<const BUCKETS: usize> Histogram<BUCKETS> {
    const PRECISION: u32 = precision(BUCKETS);

    /// The most by which a value that is given back is larger than one that was recorded, as a part of it.
    pub const fn relative_error(&self) -> f64 {
        1.0 / (1_u64 << Self::PRECISION) as f64
    }

    /// The bucket of `value`.
    fn bucket(value: u64) -> usize {
        let linear = 1 << Self::PRECISION;
        if value < linear {
            return value as usize;
        }
        let shift = value.ilog2() - Self::PRECISION;
        (u64::from(shift + 1) * linear + (value >> shift) - linear) as usize
    }

    /// The values of a bucket.
    fn values(bucket: usize) -> RangeInclusive<u64> {
        let linear = 1 << Self::PRECISION;
        let (group, within) = (bucket as u64 / linear, bucket as u64 % linear);
        match group.checked_sub(1) {
            None => within..=within,
            Some(shift) => {
                let first = (linear + within) << shift;
                first..=first + ((1 << shift) - 1)
            }
        }
    }

    fn header(&self) -> Header {
        self.cells.load(0)
    }

    fn at(bucket: usize) -> usize {
        Image::<BUCKETS>::ITEMS + bucket * size_of::<Bucket>()
    }

    fn counted(&self, period: u64, bucket: usize) -> u64 {
        let there: Bucket = self.cells.load(Self::at(bucket));
        if there.period == period { there.count } else { 0 }
    }

    /// Values recorded.
    pub fn count(&self) -> u64 {
        self.header().count
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Their exact sum.
    pub fn sum(&self) -> u128 {
        self.header().sum
    }

    /// The smallest value, exactly.
    pub fn min(&self) -> Option<u64> {
        Some(self.header()).filter(|header| header.count != 0).map(|header| header.min)
    }

    /// The largest value, exactly.
    pub fn max(&self) -> Option<u64> {
        Some(self.header()).filter(|header| header.count != 0).map(|header| header.max)
    }

    /// The mean, exactly but for rounding.
    pub fn mean(&self) -> Option<f64> {
        let header = self.header();
        (header.count != 0).then(|| header.sum as f64 / header.count as f64)
    }

    /// A value that at least the part `q` of all do not exceed, 0.5 for the median; too large by at most
    /// [`relative_error`](Self::relative_error). Looks at the buckets between the smallest and the largest value.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let header = self.header();
        let (min, max) = (self.min()?, self.max()?);
        // What is no number becomes 0, and so the smallest.
        let rank = ((q * header.count as f64).ceil() as u64).clamp(1, header.count);
        let mut seen = 0_u64;
        for bucket in Self::bucket(min)..=Self::bucket(max) {
            seen = seen.saturating_add(self.counted(header.period, bucket));
            if seen >= rank {
                return Some((*Self::values(bucket).end()).min(max));
            }
        }
        Some(max)
    }

    /// Counts a value.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn record(&mut self, value: u64) -> Result<(), CollectionError> {
        self.record_many(value, 1)
    }

    /// Counts a value several times.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn record_many(&mut self, value: u64, times: u64) -> Result<(), CollectionError> {
        let sum = u128::from(value).saturating_mul(u128::from(times));
        self.add(value, times)?;
        self.join(&Header { sum, count: times, min: value, max: value, period: 0 })
    }

    /// Adds to the bucket of `value`.
    fn add(&mut self, value: u64, times: u64) -> Result<(), CollectionError> {
        if times == 0 {
            return Ok(());
        }
        let (bucket, period) = (Self::bucket(value), self.header().period);
        let count = self.counted(period, bucket).saturating_add(times);
        Ok(self.cells.set(Self::at(bucket), &Bucket { count, period })?)
    }

    /// Adds what the header of others says to the header.
    fn join(&mut self, other: &Header) -> Result<(), CollectionError> {
        if other.count == 0 {
            return Ok(());
        }
        let header = self.header();
        let sum = header.sum.saturating_add(other.sum);
        let count = header.count.saturating_add(other.count);
        let (min, max) = match header.count {
            0 => (other.min, other.max),
            _ => (header.min.min(other.min), header.max.max(other.max)),
        };
        Ok(self.cells.set(0, &Header { sum, count, min, max, period: header.period })?)
    }

    /// Adds all that `other` has counted, which stays as it is. Costs a write for each of its buckets that is not
    /// empty.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    pub fn merge<const OTHERS: usize>(&mut self, other: &Histogram<OTHERS>) -> Result<(), CollectionError> {
        let theirs = other.header();
        for (values, count) in other.iter() {
            // Their bucket lies in one of these, if theirs are not coarser.
            self.add((*values.end()).min(theirs.max), count)?;
        }
        self.join(&theirs)
    }

    /// Forgets all values, at the price of one write.
    ///
    /// # Errors
    /// [`CollectionError::OverBudget`] when the record is full.
    #[doc(alias = "clear")]
    pub fn reset(&mut self) -> Result<(), CollectionError> {
        let period = self.header().period.wrapping_add(1);
        Ok(self.cells.set(0, &Header { period, ..Header::new_zeroed() })?)
    }

    /// The ranges of values of which there were any, in order, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (RangeInclusive<u64>, u64)> {
        let header = self.header();
        let range = match header.count {
            0 => 0..0,
            _ => Self::bucket(header.min)..Self::bucket(header.max) + 1,
        };
        range.filter_map(move |bucket| {
            let count = self.counted(header.period, bucket);
            (count != 0).then(|| (Self::values(bucket), count))
        })
    }
}

impl<const BUCKETS: usize> core::fmt::Debug for Histogram<BUCKETS> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("Histogram");
        shown.field("count", &self.count());
        let quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].map(|(name, q)| (name, self.quantile(q)));
        for (name, value) in [("min", self.min())].into_iter().chain(quantiles).chain([("max", self.max())]) {
            if let Some(value) = value {
                shown.field(name, &value);
            }
        }
        shown.finish()
    }
}

// SAFETY: every write is the header or one whole bucket, for which all bytes are valid.
#[diagnostic::do_not_recommend]
unsafe impl<const BUCKETS: usize> Field for Histogram<BUCKETS> {
    type Image = Image<BUCKETS>;
    type Cell = Histogram<BUCKETS, [(); 0]>;
    const LARGEST: usize = {
        assert!(BUCKETS >= 65, "a histogram has at least 65 buckets, one for each power of two");
        Image::<BUCKETS>::LARGEST
    };
    handle!(Histogram);

    fn check_write(offset: usize, bytes: &[u8]) -> bool {
        Image::<BUCKETS>::takes(offset, bytes, |header| header.min <= header.max)
    }
    fn check_image(image: &[u8]) -> bool {
        Header::try_read_from_prefix(image).is_ok_and(|(header, _)| header.min <= header.max)
    }
}
