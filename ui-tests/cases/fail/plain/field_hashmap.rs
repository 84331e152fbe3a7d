//! A map on the heap.
use perennial::prelude::*;

use std::collections::HashMap;

#[plain]
struct Account {
    limits: HashMap<u32, i64>,
}

fn main() {}
