//! A union.
use perennial::prelude::*;

#[plain]
union State {
    a: u8,
    b: i8,
}

fn main() {}
