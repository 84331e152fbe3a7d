//! A map on the heap.
use perennial::prelude::*;

#[message]
struct Order {
    prices: std::collections::HashMap<u32, i64>,
}

fn main() {}
