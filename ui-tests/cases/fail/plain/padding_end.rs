//! Padding at the end.
use perennial::prelude::*;

#[plain]
struct Account {
    cents: u64,
    owner: u32,
}

fn main() {}
