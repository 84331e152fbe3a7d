//! A number whose size is the machine's.
use perennial::prelude::*;

#[message]
struct Order {
    len: Option<usize>,
}

fn main() {}
