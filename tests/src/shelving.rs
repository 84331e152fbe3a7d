//! What the tree `shelving` does in each step, and what its maps and its buffer hold then, by std's collections.

use crate::collecting::digest;
use perennial::test::Random;
use std::collections::BTreeMap;

/// Keys that each map has room for; there are half as many more.
pub const ROOM: usize = 100;
/// Bytes of the buffer.
pub const BYTES: usize = 3000;
/// Steps that must be done in a storm at least.
pub const ENOUGH: u64 = 1000;

/// What a step does.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The key that it inserts or removes.
    pub key: u32,
    /// Whether it removes.
    pub remove: bool,
    /// The value under the key, whose lowest byte is written into the buffer.
    pub value: u64,
    /// Where it writes.
    pub at: usize,
    /// How many bytes.
    pub len: usize,
    /// How many of them a fill leaves out; `None` for a plain write.
    pub left_out: Option<usize>,
}

impl Step {
    /// Step `number`; always the same.
    pub fn number(number: u64) -> Self {
        let mut random = Random::new((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let at = random.below(BYTES);
        let len = random.below((BYTES - at).min(900));
        Self {
            key: random.below(ROOM * 3 / 2) as u32,
            remove: random.below(5) < 2,
            value: random.draw(),
            at,
            len,
            left_out: (random.below(2) == 0).then(|| random.below(len + 1)),
        }
    }
}

/// The digests of the maps, which hold the same, and of the buffer after so many steps.
pub fn expected(steps: u64) -> [u64; 2] {
    let (mut map, mut bytes) = (BTreeMap::new(), Vec::new());
    for step in (0..steps).map(Step::number) {
        if step.remove {
            map.remove(&step.key);
        } else if map.len() < ROOM || map.contains_key(&step.key) {
            map.insert(step.key, step.value);
        }
        if step.at <= bytes.len() {
            let end = step.at + step.len - step.left_out.unwrap_or(0);
            bytes.resize(bytes.len().max(end), 0);
            bytes[step.at..end].fill(step.value as u8);
        } else {
            bytes.push(step.value as u8);
        }
    }
    let pairs = map.into_iter().flat_map(|(key, value)| [u64::from(key), value]);
    [digest(pairs), digest(bytes.into_iter().map(u64::from))]
}
