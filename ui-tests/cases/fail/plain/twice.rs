//! The attribute twice.
use perennial::prelude::*;

#[plain]
#[plain]
struct Account {
    cents: i64,
}

fn main() {}
