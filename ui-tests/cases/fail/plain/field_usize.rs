//! A number whose size is the machine's.
use perennial::prelude::*;

#[plain]
struct Account {
    len: [usize; 2],
}

fn main() {}
