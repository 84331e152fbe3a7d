//! A part that is no message; what else is done with the struct is not in error too.
use perennial::prelude::*;

struct Price {
    cents: i64,
}

#[message]
struct Order {
    price: Price,
}

fn main() {}
