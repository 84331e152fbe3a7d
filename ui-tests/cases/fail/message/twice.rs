//! The attribute twice.
use perennial::prelude::*;

#[message]
#[message]
struct Order {
    cents: i64,
}

fn main() {}
