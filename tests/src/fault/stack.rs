//! Stacks that overflow.

use core::hint::black_box;

unsafe extern "C" {
    fn fault_descend(depth: *mut u64) -> u64;
}

pub fn overflow() {
    black_box(dive(black_box(0)));
}

fn dive(depth: usize) -> usize {
    let frame = black_box([depth; 64]);
    if frame[0] == usize::MAX { 0 } else { dive(depth + 1) + black_box(frame)[63] }
}

pub fn recursion() {
    let mut depth = 0;
    // SAFETY: counts in a local until the stack ends, which is what this is for.
    black_box(unsafe { fault_descend(&raw mut depth) });
}
