//! A raw pointer.
use perennial::prelude::*;

#[message]
struct Order {
    next: *const u64,
}

fn main() {}
