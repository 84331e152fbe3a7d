//! A part that is no message.
use perennial::prelude::*;

#[message]
enum Order {
    Nothing,
    Names(u8, Vec<u8>),
}

fn main() {}
