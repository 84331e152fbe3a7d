//! A reference.
use perennial::prelude::*;

#[plain]
struct Account {
    owner: &'static str,
}

fn main() {}
