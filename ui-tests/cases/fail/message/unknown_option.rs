//! There is one option only.
use perennial::prelude::*;

#[message(carte = perennial)]
struct Order {
    cents: u32,
}

fn main() {}
