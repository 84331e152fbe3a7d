//! What the tree `collecting` does in each step, and what its collections hold then: the same numbers, whether they
//! come out of shared memory or out of std's collections.

use perennial::test::Random;
use std::collections::{BTreeSet, VecDeque};

/// Elements that each collection has room for.
pub const ROOM: usize = 40;
/// Bits of the bitmap.
pub const BITS: usize = 500;
/// Those who own values of the pool are numbered from 1 to this.
pub const OWNERS: u64 = 8;

/// Steps that must be done in a storm at least.
pub const ENOUGH: u64 = 1000;

/// What a step does.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The value that it adds to collections.
    pub value: u64,
    /// The element of the vector that it takes out.
    pub remove: Option<usize>,
    /// Whether it takes from the queue.
    pub pop: bool,
    /// Whose value it adds, or whose values it releases.
    pub owner: u64,
    /// Whether it releases.
    pub release: bool,
    /// The bit that it changes.
    pub bit: usize,
}

impl Step {
    /// Step `number`; always the same.
    pub fn number(number: u64) -> Self {
        let mut random = Random::new((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self {
            value: random.draw() >> random.below(64),
            remove: (random.below(3) == 0).then(|| random.below(ROOM)),
            pop: random.below(5) < 2,
            owner: random.draw() % OWNERS + 1,
            release: random.below(7) == 0,
            bit: random.below(BITS),
        }
    }
}

/// FNV-1a over words (Fowler, Noll, Vo 1991), to compare much in one line, whose numbers have a sign.
pub fn digest(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)) >> 1
}

/// The digests of vector, queue, pool, bitmap and histogram after so many steps, by std's collections.
pub fn expected(steps: u64) -> [u64; 5] {
    let (mut vector, mut queue, mut bits) = (Vec::new(), VecDeque::new(), BTreeSet::new());
    let mut pool: Vec<(u64, u64)> = Vec::new();
    let mut sum = 0_u128;
    for step in (0..steps).map(Step::number) {
        match step.remove {
            Some(index) if index < vector.len() => drop(vector.swap_remove(index)),
            None if vector.len() < ROOM => vector.push(step.value),
            _ => {}
        }
        if step.pop {
            queue.pop_front();
        } else if queue.len() < ROOM {
            queue.push_back(step.value);
        }
        if step.release {
            pool.retain(|(owner, _)| *owner != step.owner);
        } else if pool.len() < ROOM {
            pool.push((step.owner, step.value));
        }
        if !bits.remove(&step.bit) {
            bits.insert(step.bit);
        }
        sum += u128::from(step.value);
    }
    let owned = |owner| pool.iter().rev().filter(move |value| value.0 == owner).map(|value| value.1);
    [
        digest(vector.into_iter()),
        digest(queue.into_iter()),
        digest((1..=OWNERS).flat_map(owned)),
        digest(bits.into_iter().map(|bit| bit as u64)),
        digest([steps, sum as u64, (sum >> 64) as u64].into_iter()),
    ]
}
