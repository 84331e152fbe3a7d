//! A union.
use perennial::prelude::*;

#[message]
union Order {
    a: u8,
    b: i8,
}

fn main() {}
