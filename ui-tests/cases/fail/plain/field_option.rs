//! An option.
use perennial::prelude::*;

#[plain]
struct Account {
    limit: Option<u32>,
}

fn main() {}
