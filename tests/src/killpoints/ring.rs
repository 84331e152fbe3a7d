//! What the ends of the ring must hold.

use super::{WORDS, marks::Words};

/// Words of a parcel besides its number.
pub const LOAD: usize = 5;
/// Parcels that the ring holds.
pub const CAPACITY: usize = 4;
/// The first word that the pusher shows.
pub const PUSHER: u64 = 1;
/// The first word that the popper shows.
pub const POPPER: u64 = 2;

/// What parcel `number` carries.
pub fn load(number: u64) -> [u64; LOAD] {
    core::array::from_fn(|index| (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index as u64)
}

/// All that the pusher shows.
pub fn pusher(pushed: u64) -> Words {
    let mut words = [0; WORDS];
    words[..2].copy_from_slice(&[PUSHER, pushed]);
    words
}

/// All that the popper shows: how many it has popped, and the last of them.
pub fn popper(popped: u64) -> Words {
    let mut words = [0; WORDS];
    words[..2].copy_from_slice(&[POPPER, popped]);
    if let Some(last) = popped.checked_sub(1) {
        words[2] = last;
        words[3..3 + LOAD].copy_from_slice(&load(last));
    }
    words
}
