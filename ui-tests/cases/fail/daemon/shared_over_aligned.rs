//! A lock around a value that wants more than a cache line.
use perennial::locks::{Mutex, Shared};
use perennial::prelude::*;

#[plain]
#[repr(align(128))]
struct Lines {
    words: [u64; 16],
}

#[daemon(mem = "4MiB")]
struct Press {
    drum: Shared<Mutex<Lines>>,
}

fn main() {}
