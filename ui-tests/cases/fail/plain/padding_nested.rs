//! Padding before a type of the user's.
use perennial::prelude::*;

#[plain]
struct Price {
    cents: u64,
}

#[plain]
struct Account {
    open: bool,
    price: Price,
    owner: [u8; 4],
}

fn main() {}
