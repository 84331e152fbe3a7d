//! A borrow.
use perennial::prelude::*;

#[message]
struct Order<'a> {
    name: &'a str,
}

fn main() {}
