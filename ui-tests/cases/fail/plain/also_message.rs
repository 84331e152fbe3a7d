//! Both attributes.
use perennial::prelude::*;

#[plain]
#[message]
struct Account {
    cents: u64,
}

fn main() {}
