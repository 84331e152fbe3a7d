//! A field that may be missing from a tuple.
use perennial::prelude::*;

#[message]
struct Order(#[cfg(feature = "on")] u8, u16);

fn main() {}
