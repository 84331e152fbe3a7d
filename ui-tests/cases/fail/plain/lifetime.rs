//! A borrow.
use perennial::prelude::*;

#[plain]
struct Account<'a> {
    owner: &'a str,
}

fn main() {}
