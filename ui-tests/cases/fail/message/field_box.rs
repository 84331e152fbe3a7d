//! A box.
use perennial::prelude::*;

#[message]
struct Order {
    next: Option<Box<u64>>,
}

fn main() {}
