//! A field that wants a cache line of its own.
use perennial::prelude::*;

#[plain]
#[repr(align(64))]
struct Line {
    words: [u64; 8],
}

#[daemon(mem = "4MiB")]
struct Ledger {
    lines: Array<Line, 4>,
}

fn main() {}
