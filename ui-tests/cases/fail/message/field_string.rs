//! A part that is no message.
use perennial::prelude::*;

#[message]
struct Order {
    name: String,
}

fn main() {}
