//! What goes along the line of `bin/line.rs`: the same model is what the tree computes with, what its last daemon holds
//! each message against, and what the test computes again from nothing.
//!
//! Everything is a function of a message's number. Its content takes more than one store to write, so that a position
//! that is published before its content shows; the chain runs through the worker's state, so that work that takes
//! effect twice, or in part, shows in everything that comes after it.

use perennial::prelude::*;

/// Messages that each of the two rings holds.
pub const RING: usize = 512;
/// The most messages that one commit of the source or of the sink takes.
pub const BATCH: usize = 64;
/// The most messages that a transaction of the worker takes.
pub const LOAD: usize = 128;

/// What a message carries.
pub type Content = [u64; 4];

/// From the source to the worker.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Its number, from 0; [`END`] after the last.
    pub number: u64,
    /// [`content`] of the number.
    pub content: Content,
}

/// From the worker to the sink.
#[message]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// As it came.
    pub number: u64,
    /// [`made`] of what came.
    pub content: Content,
    /// [`link`]s of everything that the worker has made up to this one.
    pub chain: u64,
}

/// The number of the message behind the last. Its content says how many the source has pushed, then how many the
/// worker has made.
pub const END: u64 = u64::MAX;

/// The finaliser of `SplitMix64` (Steele, Lea, Flood).
pub const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// What the source puts into message `number`. Takes some work, or nobody would ever be killed while it does it.
pub fn content(number: u64) -> Content {
    [0, 1, 2, 3].map(|part| (0..32).fold(number * 4 + part, |word, _| mix(word)))
}

/// What the worker makes of it.
pub fn made(number: u64, content: Content) -> Content {
    let [a, b, c, d] = content;
    [d ^ number, a.rotate_left(17), b.wrapping_mul(3), c.wrapping_add(number)]
}

/// The chain with one more message that the worker has made.
pub fn link(chain: u64, number: u64, made: Content) -> u64 {
    made.iter().fold(mix(chain ^ number), |chain, part| mix(chain ^ part))
}

/// The chain of the first `count` messages.
pub fn chain(count: u64) -> u64 {
    (0..count).fold(0, |chain, number| link(chain, number, made(number, content(number))))
}

/// A batch's size that looks random and is a function of where in the line it is.
pub const fn size(number: u64, most: usize) -> usize {
    1 + (mix(number ^ 0x5eed) % most as u64) as usize
}
