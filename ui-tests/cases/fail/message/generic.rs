//! A type parameter.
use perennial::prelude::*;

#[message]
struct Order<T> {
    cents: T,
}

fn main() {}
