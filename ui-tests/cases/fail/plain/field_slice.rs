//! A slice.
use perennial::prelude::*;

#[plain]
struct Account {
    cents: i64,
    rest: [u8],
}

fn main() {}
