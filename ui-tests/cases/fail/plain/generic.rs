//! A type parameter.
use perennial::prelude::*;

#[plain]
struct Account<T> {
    cents: T,
}

fn main() {}
