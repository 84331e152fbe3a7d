//! A duration.
use perennial::prelude::*;

#[plain]
struct Account {
    idle: std::time::Duration,
}

fn main() {}
