//! A derive too much.
use perennial::prelude::*;

#[plain]
#[derive(Debug, zerocopy::FromBytes)]
struct Account {
    cents: u64,
}

fn main() {}
