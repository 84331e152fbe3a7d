//! What the teller must hold, by the number of requests that took effect: they are made in turn, from 0 on.

use super::{WORDS, marks::Words};

/// Elements of its array.
pub const ROW: usize = 8;
/// Those that count each request.
pub const PLACES: [usize; 2] = [1, 6];
/// In place of an answer.
pub const REFUSED: u64 = u64::MAX;

/// What request `id` adds.
pub fn amount(id: u64) -> u64 {
    3 * id + 1
}

/// The answer once `paid` requests took effect.
pub fn answer(paid: u64, total: u64) -> u64 {
    total << 20 | paid
}

/// All that it shows after `paid` requests, `answered` of which were answered to this incarnation.
pub fn words(paid: u64, heard: bool) -> Words {
    let total = (0..paid).map(amount).sum();
    let mut words = [0; WORDS];
    words[..3].copy_from_slice(&[paid, total, if heard { answer(paid, total) } else { 0 }]);
    for place in PLACES {
        words[3 + place] = paid;
    }
    words
}
