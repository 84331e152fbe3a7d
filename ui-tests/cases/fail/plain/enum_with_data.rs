//! Data.
use perennial::prelude::*;

#[plain]
enum State {
    Open,
    Closed(u8),
}

fn main() {}
