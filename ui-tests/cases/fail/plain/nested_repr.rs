//! A part with zerocopy's traits but no fixed layout.
use perennial::prelude::*;

use zerocopy::{FromZeros, Immutable, KnownLayout};

#[derive(Clone, Copy, FromZeros, Immutable, KnownLayout)]
struct Price {
    cents: u8,
}

#[plain]
struct Account {
    price: Price,
}

fn main() {}
