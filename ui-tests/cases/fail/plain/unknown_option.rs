//! There is one option only.
use perennial::prelude::*;

#[plain(packed)]
struct Account {
    cents: u64,
}

fn main() {}
