//! Functions that do nothing: a tracer stops whoever calls them.

use core::hint::black_box;

/// Words that a daemon shows.
pub const WORDS: usize = 32;

/// What a daemon shows; the last word is the tracer's order.
pub type Words = [u64; WORDS];

/// An order: sleep until there is something to do.
pub const SLEEP: u64 = 1;
/// An order: take the newest commit back.
pub const UNDO: u64 = 2;

/// Shows the state that a daemon has. Returns the tracer's order.
pub fn seen(words: &mut Words) -> u64 {
    show(words.as_mut_ptr());
    black_box(words)[WORDS - 1]
}

/// Shows that a daemon does not take part.
pub fn rest() {
    show(core::ptr::null_mut());
}

/// Where the tracer reads and writes the words; with the C convention, so that it knows the register.
#[inline(never)]
pub extern "C" fn show(words: *mut u64) {
    black_box(words);
}

/// What is to be tried begins. The three differ, or the linker might make one of them.
#[inline(never)]
pub extern "C" fn from() {
    black_box(1_u16);
}

/// What is to be tried has ended.
#[inline(never)]
pub extern "C" fn to() {
    black_box(2_u32);
}
