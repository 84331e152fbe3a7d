//! Padding.
use perennial::prelude::*;

#[plain]
struct Account {
    open: bool,
    cents: u64,
}

fn main() {}
