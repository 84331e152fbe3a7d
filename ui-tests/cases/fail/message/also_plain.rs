//! Both attributes.
use perennial::prelude::*;

#[message]
#[plain]
struct Order {
    cents: u32,
}

fn main() {}
