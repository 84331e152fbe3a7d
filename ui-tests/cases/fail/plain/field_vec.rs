//! A part that is not plain.
use perennial::prelude::*;

#[plain]
struct Account {
    names: Vec<u8>,
}

fn main() {}
